import { VmanError } from '#libs/errors';
import type { CommandJournal } from '../storage/command-journal.js';

/** Commands that can be cancelled while they run; one that was cancelled before is refused at its begin. */
export class RunningCommands {
  private readonly running = new Map<string, AbortController>();

  constructor(private readonly journal: CommandJournal) {}

  /** Runs work that ends when its operation is cancelled. Throws VmanError `cancelled` then. */
  async run<T>(
    operationId: string,
    ending: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    this.running.set(operationId, controller);
    if (this.journal.isCancelled(operationId)) this.cancel(operationId);
    try {
      controller.signal.throwIfAborted();
      return await work(AbortSignal.any([ending, controller.signal]));
    } finally {
      this.running.delete(operationId);
    }
  }

  cancel(operationId: string): void {
    this.running.get(operationId)?.abort(new VmanError('cancelled', 'It was cancelled.'));
  }
}
