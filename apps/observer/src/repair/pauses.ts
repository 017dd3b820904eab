import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { RepairPause } from '#libs/contracts';

/**
 * The pauses of repairs, as intel told them last. Each ends by itself, on this process's own monotonic clock, so that
 * one is never kept for longer than asked for, and never lost before its end because intel is away.
 */
@Injectable()
export class Pauses {
  private held: { pause: RepairPause; untilMonotonicMs: number }[] = [];

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** All that are in force now; replaces what was told before. */
  set(pauses: readonly RepairPause[]): void {
    const now = this.clock.monotonic();
    this.held = pauses.map((pause) => ({ pause, untilMonotonicMs: now + pause.remainingMs }));
  }

  /** Those that are not over, with what remains of each. */
  list(): RepairPause[] {
    const now = this.clock.monotonic();
    this.held = this.held.filter((it) => it.untilMonotonicMs > now);
    return this.held.map(({ pause, untilMonotonicMs }) => ({
      ...pause,
      remainingMs: Math.ceil(untilMonotonicMs - now),
    }));
  }

  /** The one that forbids repairs here; undefined when there is none. */
  over(hostId: string, vmId: string): RepairPause | undefined {
    return this.list().find((pause) => covers(pause, hostId, vmId));
  }
}

function covers({ scope, scopeId }: RepairPause, hostId: string, vmId: string): boolean {
  switch (scope) {
    case 'fleet':
      return true;
    case 'host':
      return scopeId === hostId;
    case 'vm':
      return scopeId === vmId;
  }
}
