/**
 * Asks intel whether this is the host that its id stands for, until it is, and again now and then: an administrator may
 * have accepted another machine for it. What runs here is never touched by any answer.
 */
import type { BusPort } from '#libs/bus';
import type { Clock, Timer } from '#libs/clock';
import { admitReplyCodec, admitRequestCodec, type HostIdentity, subjects } from '#libs/contracts';
import type { Logger } from '#libs/logging';
import { saveAdmission } from '../storage/host-record.js';
import { judgeStart } from './judge-start.js';

const ANSWER_MS = 2_000;
const AGAIN_MS = 1_000;
/** How long a host that was rebooted waits for an answer before it goes on as what it was. */
const PATIENCE_MS = 5_000;
const EVERY_MS = 60_000;

export interface AdmissionOptions {
  bus: BusPort;
  clock: Clock;
  logger: Logger;
  hostId: string;
  hostName: string;
  identity: HostIdentity;
  record: { path: string; isNew: boolean; admitted: HostIdentity | null };
}

export class Admission {
  private timer: Timer | undefined;
  private stopped = false;
  private wake: () => void = () => {};
  private lastReason = '';

  constructor(private readonly options: AdmissionOptions) {}

  /** Resolves once VMs may be started here: `start`, then once the bus may be heard: `work`. */
  async pass(start: () => void, work: () => Promise<unknown>): Promise<void> {
    const { record, identity, logger } = this.options;
    const verdict = judgeStart(record, identity);
    switch (verdict) {
      case 'go-on':
        start();
        break;
      case 'hold-nothing':
        start();
        await this.untilAdmitted(undefined);
        break;
      case 'ask-first':
        await this.untilAdmitted(PATIENCE_MS);
        start();
        break;
      case 'stand-by':
        if (record.admitted)
          logger.error('this is not the host that was let in under its id: it waits for an administrator');
        else logger.warn('this host is not let in: it starts nothing before intel lets it in');
        await this.untilAdmitted(undefined);
        start();
        break;
    }
    if (!this.stopped) await work();
  }

  /** `onRefused` is told when another one is this host now. */
  watch(onRefused: () => void): void {
    this.timer = this.options.clock.setTimeout(() => {
      void this.ask().then(async (answer) => {
        if (this.stopped) return;
        if (answer !== 'refused') return this.watch(onRefused);
        await saveAdmission(this.options.record.path, null);
        onRefused();
      });
    }, EVERY_MS);
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.wake();
  }

  /** With `patienceMs`, no answer for so long will do. */
  private async untilAdmitted(patienceMs: number | undefined): Promise<void> {
    const { clock } = this.options;
    const began = clock.monotonic();
    while (!this.stopped) {
      const answer = await this.ask();
      if (answer === 'admitted') return;
      const patient = patienceMs === undefined || clock.monotonic() - began < patienceMs;
      if (answer === 'none' && !patient) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        clock.setTimeout(resolve, AGAIN_MS);
      });
    }
  }

  private async ask(): Promise<'admitted' | 'refused' | 'none'> {
    const { bus, hostId, hostName, identity, record, logger } = this.options;
    try {
      const reply = await bus.request(
        subjects.intelRpc('admit'),
        admitRequestCodec,
        { hostId, hostName, identity },
        admitReplyCodec,
        ANSWER_MS,
      );
      if (reply.admitted) {
        if (JSON.stringify(record.admitted) !== JSON.stringify(identity)) {
          record.admitted = identity;
          await saveAdmission(record.path, identity);
        }
        return 'admitted';
      }
      if (reply.reason !== this.lastReason) logger.error({ reason: reply.reason }, 'refused as this host');
      this.lastReason = reply.reason;
      return 'refused';
    } catch (error) {
      logger.debug({ err: error }, 'nobody said whether this is the host of its id');
      return 'none';
    }
  }
}
