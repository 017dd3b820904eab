/**
 * The order of starts. A bounded number of QEMUs is started at once; of those that wait, the highest boot priority
 * goes first, then who came first.
 *
 * After a reboot of the host it is known which VMs are about to be started again, though whoever decides about them
 * (the observer, or the operator alone) speaks of each at its own time. So a start also waits for those of a higher
 * priority that are expected and did not come yet, but never for longer than its patience without any start: what
 * does not come by then is expected no more, and only loses its place in the order.
 */
import type { Clock, Timer } from '#libs/clock';
import { Interrupted } from './to-failure.js';

export const PATIENCE_MS = 15_000;

export interface StartClaim {
  vmId: string;
  priority: number;
  /** Ends the wait with `Interrupted`. */
  signal: AbortSignal;
}

interface Waiting {
  vmId: string;
  priority: number;
  admit: () => void;
}

export class Starts {
  private running = 0;
  private readonly waiting: Waiting[] = [];
  private readonly expected = new Map<string, number>();
  private patience: Timer | undefined;

  constructor(
    private readonly limit: number,
    private readonly clock: Clock,
  ) {}

  /** This VM will be started soon: those of a lower priority wait for it. */
  expect(vmId: string, priority: number): void {
    this.expected.set(vmId, priority);
  }

  /** It will not be, or it was. */
  dismiss(vmId: string): void {
    if (this.expected.delete(vmId)) this.admit();
  }

  /** Waits for its turn; the answer is to be called once when the start is over. */
  enter({ vmId, priority, signal }: StartClaim): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.waiting.splice(this.waiting.indexOf(claim), 1);
        reject(new Interrupted('a newer change came'));
        this.admit();
      };
      const claim: Waiting = {
        vmId,
        priority,
        admit: () => {
          signal.removeEventListener('abort', cancel);
          resolve(() => this.leave());
        },
      };
      this.waiting.push(claim);
      if (signal.aborted) cancel();
      else {
        signal.addEventListener('abort', cancel, { once: true });
        this.admit();
      }
    });
  }

  private leave(): void {
    this.running -= 1;
    this.admit();
  }

  private admit(): void {
    while (this.running < this.limit) {
      const next = this.first();
      if (!next) break;
      if (this.mustWait(next)) {
        this.beginPatience();
        return;
      }
      this.patience?.cancel();
      this.patience = undefined;
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.expected.delete(next.vmId);
      this.running += 1;
      next.admit();
    }
  }

  private first(): Waiting | undefined {
    return this.waiting.reduce<Waiting | undefined>(
      (best, it) => (best && best.priority >= it.priority ? best : it),
      undefined,
    );
  }

  private mustWait({ priority }: Waiting): boolean {
    return [...this.expected.values()].some((expected) => expected > priority);
  }

  private beginPatience(): void {
    this.patience ??= this.clock.setTimeout(() => {
      this.patience = undefined;
      const next = this.first();
      for (const [vmId, priority] of this.expected) {
        if (next && priority > next.priority) this.expected.delete(vmId);
      }
      this.admit();
    }, PATIENCE_MS);
  }
}
