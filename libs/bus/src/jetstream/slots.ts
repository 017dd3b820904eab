/** Counts how much may still be in flight. */
export class Slots {
  private taken = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  get free(): number {
    return this.most - this.taken;
  }

  take(): void {
    this.taken++;
  }

  give(): void {
    this.taken--;
    this.wake();
  }

  /** Ends the present waiting, whether or not one is free. */
  wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Resolves when one was given back, or by `wake`. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }
}
