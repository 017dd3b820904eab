import type { DurableAck } from '#libs/bus';
import type { Codec, Command } from '#libs/contracts';
import type { VirtualClock } from '#libs/testing';
import type { Random } from '../../faults/random.js';

/**
 * The wire of a simulated fleet. What is durable waits for a cut to end and may come twice and out of order; what is
 * not is lost with some luck, and always over a cut. Each host has a cut for each direction.
 */
export class SimulatedBus {
  readonly connected = true;
  readonly cutIn = new Set<string>();
  readonly cutOut = new Set<string>();
  lossy = true;
  onCommand: (command: Command) => void = () => {};
  private stored = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Random,
  ) {}

  /** From an observer: only commands have a receiver here. */
  async publishDurable<T>(subject: string, _codec: Codec<T>, message: T): Promise<DurableAck> {
    if (subject.includes('.cmd.')) {
      const command = message as Command;
      this.toHost(command.hostId, () => this.onCommand(command));
    }
    this.stored += 1;
    return { stream: 'simulated', sequence: this.stored };
  }

  toHost(hostId: string, deliver: () => void): void {
    const copies = this.lossy && this.random.chance(0.2) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) this.until(() => !this.cutIn.has(hostId), deliver);
  }

  /** At most once. */
  fromHost(hostId: string, deliver: () => void): void {
    if (this.cutOut.has(hostId) || (this.lossy && this.random.chance(0.1))) return;
    this.clock.setTimeout(deliver, this.random.between(1, 50));
  }

  private until(open: () => boolean, deliver: () => void): void {
    const late = this.lossy && this.random.chance(0.1) ? 3_000 : 50;
    this.clock.setTimeout(
      () => {
        if (open()) deliver();
        else this.until(open, deliver);
      },
      this.random.between(1, late) + (open() ? 0 : 500),
    );
  }
}
