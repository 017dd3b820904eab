/**
 * Long commands, beside the queues of the VMs: those with the same key one after the other, a few at once in all.
 * What the end of the operator cuts off stays open in the journal and is taken up by the next one.
 */
import { withContext } from '#libs/logging';
import type { Host } from '../host.js';
import { Places } from '../reconcile/places.js';
import type { Vm } from '../reconcile/vm.js';
import type { JournalEntry } from '../storage/command-journal.js';
import { handlerOf } from './handlers.js';
import { runCommand } from './run-command.js';

const AT_ONCE = 4;
const AGAIN_AFTER_MS = 5_000;

export class Beside {
  private readonly places = new Places(AT_ONCE);
  private readonly lines = new Map<string, Promise<void>>();
  private readonly ending = new AbortController();
  private readonly started: Promise<void>;
  /** From now on it may act. */
  start: () => void = () => {};

  constructor(private readonly host: Host) {
    this.started = new Promise((resolve) => {
      this.start = resolve;
    });
  }

  /** Begins it now, or after those with the same key. */
  begin(entry: JournalEntry, vm: Vm | undefined): void {
    const { command } = entry;
    const handler = handlerOf(command.action);
    const key = handler.runs === 'beside' ? handler.key(command.action.value) : '';
    const { operationId, vmId } = command;
    const { requestId, traceparent } = command.cause;
    const context = { operationId, requestId, traceparent, ...(vmId ? { vmId } : {}) };
    const before = this.lines.get(key) ?? this.started;
    const mine = before
      .then(() => this.places.with(() => withContext(context, () => this.run(entry, vm))))
      .catch((error) => {
        this.host.logger.error({ err: error, operationId }, 'a command was interrupted by a fault');
        this.host.clock.setTimeout(() => this.begin(entry, vm), AGAIN_AFTER_MS);
      });
    this.lines.set(key, mine);
    void mine.then(() => {
      if (this.lines.get(key) === mine) this.lines.delete(key);
    });
  }

  /** Cuts off what runs and waits for it. */
  async stop(): Promise<void> {
    this.ending.abort();
    this.start();
    await Promise.all(this.lines.values());
  }

  private async run(entry: JournalEntry, vm: Vm | undefined): Promise<void> {
    if (this.ending.signal.aborted) return;
    await runCommand(this.host, vm, entry, this.ending.signal);
  }
}
