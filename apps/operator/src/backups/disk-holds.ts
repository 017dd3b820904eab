/**
 * A backup holds the disks of a VM open for long, and a plan may want to change what is open: to launch the VM while a
 * copy is made of it switched off, to make a disk larger, to take one away. The plan goes first, always: it asks the
 * holder to yield, waits until it has, and the holder begins anew when the plan is over. So nobody waits for a backup,
 * and no backup meets a disk that changes under it. One holder a VM at a time; others wait for it.
 */
export class DiskHolds {
  private readonly vms = new Map<string, VmHolds>();

  /** Resolves once nobody else holds the disks and no plan works on them. Throws the reason of the signal. */
  async take(vmId: string, signal: AbortSignal): Promise<DiskHold> {
    const holds = this.of(vmId);
    while (holds.held || holds.plans > 0) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        holds.waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    signal.throwIfAborted();
    const hold = new DiskHold(() => {
      holds.held = undefined;
      this.ring(vmId, holds);
    });
    holds.held = hold;
    return hold;
  }

  /** Runs work that changes the disks, once they are let go of. */
  async plan<T>(vmId: string, work: () => Promise<T>): Promise<T> {
    const holds = this.of(vmId);
    holds.plans += 1;
    try {
      await holds.held?.yield();
      return await work();
    } finally {
      holds.plans -= 1;
      this.ring(vmId, holds);
    }
  }

  private of(vmId: string): VmHolds {
    const known = this.vms.get(vmId) ?? { held: undefined, plans: 0, waiting: [] };
    this.vms.set(vmId, known);
    return known;
  }

  private ring(vmId: string, holds: VmHolds): void {
    const waiting = holds.waiting.splice(0);
    if (waiting.length === 0 && !holds.held && holds.plans === 0) this.vms.delete(vmId);
    for (const wake of waiting) wake();
  }
}

interface VmHolds {
  held: DiskHold | undefined;
  plans: number;
  waiting: (() => void)[];
}

export class DiskHold {
  private readonly yielding = new AbortController();
  private readonly released: Promise<void>;
  private markReleased: () => void = () => {};

  constructor(private readonly onRelease: () => void) {
    this.released = new Promise((resolve) => {
      this.markReleased = resolve;
    });
  }

  /** Aborted when the disks are wanted by a plan. */
  get signal(): AbortSignal {
    return this.yielding.signal;
  }

  release(): void {
    this.onRelease();
    this.markReleased();
  }

  yield(): Promise<void> {
    this.yielding.abort();
    return this.released;
  }
}
