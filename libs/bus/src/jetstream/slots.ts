/** Counts how much may still be in flight. */
export class Slots {
  private taken = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  take(): void {
    this.taken++;
  }

  give(): void {
    this.taken--;
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** How many are free, at least one: waits for the first. */
  async someFree(): Promise<number> {
    while (this.taken >= this.most) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.most - this.taken;
  }
}
