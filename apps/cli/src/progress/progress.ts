import type { Operation } from '#libs/client';

/** Shows an operation while it runs, on standard error: standard output holds results alone. */
export interface Progress {
  update(operation: Operation): void;
  stop(): void;
}
