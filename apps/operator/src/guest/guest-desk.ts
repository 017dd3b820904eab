/**
 * Answers the live questions to guests. Every question has a time limit and is answered within it, whatever the guest
 * does; what a guest was asked and had begun goes on there. Questions to one guest are carried out one after the
 * other, so their number is bounded.
 */
import type { Timer } from '#libs/clock';
import type { GuestAnswer, GuestReply, GuestRequest } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import type { Host } from '../host.js';
import type { Registry } from '../reconcile/registry.js';
import { carryOutAsk, type LiveAsk } from './carry-out-ask.js';
import { guestFailure } from './guest-failure.js';
import { LongAnswers } from './long-answers.js';

/** An agent that does not answer a ping for so long counts as absent. */
const SIGN_OF_LIFE_MS = 5_000;
const ASKS_PER_GUEST = 16;

export class GuestDesk {
  private readonly waiting = new Map<string, number>();
  private readonly longAnswers: LongAnswers;

  constructor(
    private readonly host: Host,
    private readonly registry: Registry,
  ) {
    this.longAnswers = new LongAnswers(host.clock);
  }

  async answer(request: GuestRequest): Promise<GuestReply> {
    const { vmId, ask } = request;
    try {
      if (ask.$case === 'nextPart') {
        return { answer: this.longAnswers.part(ask.value.answerId, ask.value.offset) };
      }
      const answer = await this.inTime(request.timeoutMs, () => this.queued(vmId, ask, request.timeoutMs));
      return { answer: this.longAnswers.fit(answer) };
    } catch (error) {
      const failure = guestFailure(error);
      this.host.logger.info({ vmId, ask: ask.$case, code: failure.code }, 'a guest gave no answer');
      return { answer: { $case: 'failure', value: failure } };
    }
  }

  stop(): void {
    this.longAnswers.stop();
  }

  private async queued(vmId: string, ask: LiveAsk, timeoutMs: number): Promise<GuestAnswer> {
    const before = this.waiting.get(vmId) ?? 0;
    if (before >= ASKS_PER_GUEST) {
      throw new VmanError('rate_limited', 'Too many questions wait for this guest.', {
        retryAfterSeconds: 5,
      });
    }
    this.waiting.set(vmId, before + 1);
    try {
      return await this.ask(vmId, ask, timeoutMs);
    } finally {
      const left = (this.waiting.get(vmId) ?? 1) - 1;
      if (left > 0) this.waiting.set(vmId, left);
      else this.waiting.delete(vmId);
    }
  }

  private async ask(vmId: string, ask: LiveAsk, timeoutMs: number): Promise<GuestAnswer> {
    if (this.host.dryRun && ask.$case !== 'ping' && ask.$case !== 'addresses') {
      throw new VmanError('unsupported', 'This host only plans and touches no guest.');
    }
    const loop = this.registry.get(vmId);
    if (loop && !loop.adopted) {
      throw new VmanError('unavailable', 'The operator has just started and looks for what runs.');
    }
    const live = loop?.vm.process;
    if (!live) throw new VmanError('guest_agent_unavailable', 'The VM does not run on its host.');
    const { guest } = live;
    // A thaw is wanted most when nothing else answers.
    const client =
      ask.$case === 'thaw' ? await guest.open() : await guest.agent(Math.min(timeoutMs, SIGN_OF_LIFE_MS));
    this.host.logger.info({ vmId, ask: ask.$case }, 'asking a guest');
    const answer = await carryOutAsk(ask, client, guest.freezes, timeoutMs);
    if (ask.$case === 'exec') guest.lookSoon();
    return answer;
  }

  private inTime<T>(ms: number, work: () => Promise<T>): Promise<T> {
    const { clock } = this.host;
    return new Promise((resolve, reject) => {
      const tooLate = () => new VmanError('deadline_exceeded', `The guest was not done within ${ms} ms.`);
      const timer: Timer = clock.setTimeout(() => reject(tooLate()), ms);
      work()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }
}
