/**
 * A guest whose file systems are frozen does nothing until somebody thaws it, so no freeze is without an end: the
 * time of the thaw is durable before the guest is asked to freeze, and whoever finds the record (this operator, or
 * the next one after a kill) thaws at that time and tries until the guest has confirmed it. A freeze that failed half
 * way is thawed at once. A thaw that was not needed does no harm. The record belongs to one launch of QEMU: with the
 * process it is void.
 */
import type { Clock, Timer } from '#libs/clock';
import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import type { Logger } from '#libs/logging';
import { type GuestAgentClient, GuestAgentError } from '#libs/qemu';
import { readJson, removeDurably, writeJson } from '../storage/json-file.js';

const THAW_MS = 10_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;
/** No freeze is asked for that lasts longer; a clock that was set back meanwhile makes none longer. */
const LONGEST_MS = 600_000;

interface FreezeRecord {
  launchId: string;
  /** Unix ms. */
  thawAtMs: number;
}

export interface FreezeKeeperOptions {
  vmId: string;
  launchId: string;
  /** Of the durable record. */
  path: string;
  clock: Clock;
  logger: Logger;
  open: () => Promise<GuestAgentClient>;
  onChange: () => void;
}

export class FreezeKeeper {
  /** Unix ms until which the guest counts as frozen; 0 when it is not. */
  untilMs = 0;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(private readonly options: FreezeKeeperOptions) {}

  /** Takes up the thaw that an earlier operator owes. */
  async resume(): Promise<void> {
    const { path, launchId, clock } = this.options;
    const record = await readJson<FreezeRecord>(path);
    if (!record || this.untilMs > 0) return;
    if (record.launchId !== launchId) return removeDurably(path);
    const leftMs = Math.min(record.thawAtMs - clock.now(), LONGEST_MS);
    this.untilMs = clock.now() + leftMs;
    this.thawIn(leftMs);
    this.options.onChange();
  }

  /** Throws invalid_state when it is frozen already, and what the agent throws; then it is being thawed. */
  async freeze(thawAfterMs: number, timeoutMs: number): Promise<{ fileSystems: number; thawsAtMs: number }> {
    const { clock, launchId, path } = this.options;
    if (this.untilMs > 0) {
      throw new VmanError('invalid_state', 'The guest is frozen already.', { hint: 'Thaw it first.' });
    }
    const thawsAtMs = clock.now() + thawAfterMs;
    this.untilMs = thawsAtMs;
    try {
      const client = await this.options.open();
      await writeJson(path, { launchId, thawAtMs: thawsAtMs } satisfies FreezeRecord);
      this.thawIn(thawAfterMs);
      const fileSystems = await client.freeze(timeoutMs);
      await failpoint('operator.guest.frozen');
      this.options.onChange();
      return { fileSystems, thawsAtMs };
    } catch (error) {
      this.thawIn(0);
      throw error;
    }
  }

  async thaw(timeoutMs = THAW_MS): Promise<number> {
    const client = await this.options.open();
    const fileSystems = await client.thaw(timeoutMs).catch(unlessForbidden);
    this.timer?.cancel();
    await removeDurably(this.options.path);
    this.untilMs = 0;
    this.options.onChange();
    return fileSystems;
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private thawIn(ms: number, attempt = 0): void {
    this.timer?.cancel();
    if (this.stopped) return;
    this.timer = this.options.clock.setTimeout(() => void this.thawNow(attempt), Math.max(0, ms));
  }

  private async thawNow(attempt: number): Promise<void> {
    const { logger, vmId } = this.options;
    try {
      const fileSystems = await this.thaw();
      logger.info({ vmId, fileSystems }, 'a guest was thawed after the time of its freeze');
    } catch (error) {
      if (this.stopped) return;
      const level = attempt === 0 ? 'warn' : 'debug';
      logger[level]({ err: error, vmId, attempt }, 'a guest could not be thawed yet');
      this.thawIn(Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MAX_MS), attempt + 1);
    }
  }
}

/** A frozen guest always lets itself be thawed: one that forbids it is not frozen. */
function unlessForbidden(error: unknown): number {
  if (error instanceof GuestAgentError && error.errorClass === 'CommandNotFound') return 0;
  throw error;
}
