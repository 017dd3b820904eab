/**
 * A live question to a guest: no state changes hands, so it goes straight to the host and its answer straight back. Who
 * asked for what is in the audit before the guest hears of it, without the contents.
 *
 * An Idempotency-Key makes it happen at most once. The key is committed before the guest is asked and the answer
 * afterwards, sealed, since it may hold secrets: a repetition gets it, or waits for it. What is known not to have been
 * done, or does no harm when done twice, may be tried again; of the rest a repetition is refused.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Bus, NoReply } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import {
  type GuestAnswer,
  type GuestAsk,
  guestReplyCodec,
  guestRequestCodec,
  subjects,
} from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { Database, type SeenVm, type Tx, waitForChange } from '../db-operator/index.js';
import { type Answer, type Caller, replayed, type Seal } from '../http/index.js';
import { findVm } from '../vms/index.js';
import { expectAnswer } from './guest-answers.js';
import { auditVerb, type TimedAsk } from './guest-asks.js';

/** The host answers in the guest's time; this is for the way. */
const WAY_MS = 5_000;
const PART_MS = 10_000;
/** How long a repetition waits for the answer to the first request. */
const SECOND_WAITS_MS = 5_000;

@Injectable()
export class AskGuest {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws guest_agent_unavailable, guest_refused, deadline_exceeded, host_unreachable. */
  async execute(caller: Caller, idOrName: string, timed: TimedAsk, view: View): Promise<Answer> {
    const { ask, timeoutMs } = timed;
    const verb = auditVerb(ask);
    if (verb === undefined) {
      const seen = await this.database.read((tx) => findVm(tx, caller, idOrName));
      return answerOf(view(await this.ask(seen, timed)));
    }
    const begun = await this.beginOnce(caller, timeoutMs, (tx) => this.writeDown(tx, caller, idOrName, verb));
    if ('status' in begun) return begun;
    try {
      const answer = answerOf(view(await this.ask(begun.seen, timed)));
      await this.settle(caller, (tx, key, seal) =>
        tx.idempotency.store(caller.tokenId, key, { ...answer, body: seal.close(answer.body) }),
      );
      return answer;
    } catch (error) {
      const again = ask.$case !== 'exec' || neverBegun(error);
      await this.settle(caller, (tx, key) =>
        again ? tx.idempotency.release(caller.tokenId, key) : tx.idempotency.lose(caller.tokenId, key),
      );
      throw error;
    }
  }

  /** What the first request with this key was told, waiting for it a while; or the VM, to be asked now. */
  private async beginOnce(
    caller: Caller,
    timeoutMs: number,
    begin: (tx: Tx) => Promise<SeenVm>,
  ): Promise<{ seen: SeenVm } | Answer> {
    const { idempotency, tokenId } = caller;
    if (!idempotency) return { seen: await this.database.transaction(begin) };
    const { key, seal } = idempotency;
    const hash = seal.hash(idempotency.requestHash);
    let atWork: unknown;
    const claimed = await waitForChange(
      this.database,
      this.clock,
      ({ kind, id }) => kind === 'answer' && id === hash,
      async () => {
        try {
          return await this.database.transaction(async (tx) => {
            const stored = await tx.idempotency.claim(tokenId, key, hash, timeoutMs + 2 * WAY_MS);
            if (!stored) return { seen: await begin(tx) };
            return replayed(stored, seal);
          });
        } catch (error) {
          if ((error as { code?: string }).code !== 'idempotency_in_progress') throw error;
          atWork = error;
          return undefined;
        }
      },
      SECOND_WAITS_MS,
    );
    if (claimed) return claimed;
    throw atWork;
  }

  private async settle(
    { idempotency }: Caller,
    work: (tx: Tx, key: string, seal: Seal) => Promise<void>,
  ): Promise<void> {
    if (!idempotency) return;
    const { key, seal, requestHash } = idempotency;
    await this.database.transaction(async (tx) => {
      await work(tx, key, seal);
      await tx.idempotency.tell(seal.hash(requestHash));
    });
  }

  private async writeDown(tx: Tx, caller: Caller, idOrName: string, verb: string): Promise<SeenVm> {
    const seen = await findVm(tx, caller, idOrName);
    const { name: actor, tokenId, address, requestId } = caller;
    const row = { actor, tokenId, auth: 'token' as const, address, verb, requestId, operationId: null };
    await tx.audit.append({
      ...row,
      project: seen.vm.project,
      resourceKind: 'vm',
      resourceId: seen.vm.id,
    });
    return seen;
  }

  private async ask(seen: SeenVm, { ask, timeoutMs }: TimedAsk): Promise<GuestAnswer> {
    const answer = await this.send(seen, ask, timeoutMs);
    return answer.$case === 'part' ? this.wholeOf(seen, answer.value) : answer;
  }

  private async send({ vm, hostName }: SeenVm, ask: GuestAsk, timeoutMs: number): Promise<GuestAnswer> {
    const request = { hostId: vm.hostId, vmId: vm.id, timeoutMs, ask };
    const subject = subjects.hostRpc(vm.hostId, 'guest');
    try {
      const limit = timeoutMs + WAY_MS;
      return (await this.bus.request(subject, guestRequestCodec, request, guestReplyCodec, limit)).answer;
    } catch (cause) {
      if (!(cause instanceof NoReply)) throw cause;
      throw new VmanError('host_unreachable', `The host ${hostName} does not answer.`, { cause });
    }
  }

  private async wholeOf(seen: SeenVm, first: { answerId: string; totalBytes: number; bytes: Buffer }) {
    const pieces = [first.bytes];
    let offset = first.bytes.length;
    while (offset < first.totalBytes) {
      const ask: GuestAsk = { $case: 'nextPart', value: { answerId: first.answerId, offset } };
      const { bytes } = expectAnswer(await this.send(seen, ask, PART_MS), 'part');
      if (bytes.length === 0) throw new Error('a host answered an empty part');
      pieces.push(bytes);
      offset += bytes.length;
    }
    return guestReplyCodec.decode(Buffer.concat(pieces)).answer;
  }
}

/** What is shown of an answer; undefined: nothing, it was done. Throws the failure that came instead. */
type View = (answer: GuestAnswer) => object | undefined;

const answerOf = (body: object | undefined): Answer => ({ status: body ? 200 : 204, headers: {}, body });

/** The guest has not begun with it, and says so; anything else may have come after the beginning. */
function neverBegun(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: unknown };
  if (code === 'host_unreachable') return cause instanceof NoReply && cause.reason === 'nobody-listens';
  return code === 'guest_refused' || code === 'unsupported';
}
