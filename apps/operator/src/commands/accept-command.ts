/**
 * One-shot commands enter here: journalled, then acknowledged, then handed to their VM. A command for a VM that is
 * not here (yet) waits in the journal until its VM comes or its deadline passes.
 */

import { failpoint } from '#libs/config';
import type { Command } from '#libs/contracts';
import type { Host } from '../host.js';
import type { Registry } from '../reconcile/registry.js';
import type { VmLoop } from '../reconcile/vm-loop.js';
import type { JournalEntry } from '../storage/command-journal.js';
import type { Beside } from './beside.js';
import { handlerOf } from './handlers.js';

export class AcceptCommand {
  private homeless: JournalEntry[] = [];
  /** On their way into the journal. */
  private readonly coming = new Map<string, Promise<unknown>>();

  constructor(
    private readonly host: Host,
    private readonly registry: Registry,
    private readonly beside: Beside,
  ) {}

  /** Resolves when the message may be acknowledged. */
  async accept(command: Command): Promise<'accepted' | 'repeated' | 'dropped'> {
    const { host } = this;
    if (command.hostId !== host.hostId) {
      host.measure.dropped('other-host');
      host.logger.warn(
        { operationId: command.operationId, named: command.hostId },
        'a command names another host',
      );
      return 'dropped';
    }
    await this.coming.get(command.operationId);
    const known = host.journal.get(command.operationId);
    if (known) {
      host.reporter.tellCommand(known);
      return 'repeated';
    }
    const entry: JournalEntry = { command, status: 'accepted', attempts: 0, atMs: host.clock.now() };
    const put = host.journal.put(entry);
    this.coming.set(command.operationId, put);
    const { oneWrite } = handlerOf(command.action);
    if (oneWrite) this.hand(entry);
    await put.finally(() => this.coming.delete(command.operationId));
    await failpoint('operator.command.before-ack');
    if (!oneWrite) this.hand(entry);
    return 'accepted';
  }

  /** Takes up what an earlier operator journalled and did not finish. */
  resume(): void {
    for (const entry of this.host.journal.open()) this.hand(entry);
  }

  /** A VM came: its commands need not wait any more. */
  vmCame(loop: VmLoop): void {
    const waiting = this.homeless;
    this.homeless = [];
    for (const entry of waiting) this.hand(entry);
    loop.wake();
  }

  /** Ends those whose VM never came or is gone again. */
  async expire(): Promise<void> {
    const { host } = this;
    const now = host.clock.now();
    for (const entry of [...this.homeless]) {
      if (entry.command.deadlineAtMs > now) continue;
      this.homeless.splice(this.homeless.indexOf(entry), 1);
      const message = 'The VM is not on this host.';
      const failed: JournalEntry = {
        ...entry,
        status: 'failed',
        failure: { code: 'deadline_exceeded', message },
        atMs: now,
      };
      await host.journal.put(failed);
      host.reporter.tellCommand(failed);
    }
  }

  private hand(entry: JournalEntry): void {
    if (entry.command.vmId === '') {
      this.beside.begin(entry, undefined);
      return;
    }
    const loop = this.registry.get(entry.command.vmId);
    if (!loop) {
      this.homeless.push(entry);
      return;
    }
    loop.commands.push(entry);
    loop.wake();
    const left = entry.command.deadlineAtMs - this.host.clock.now();
    this.host.clock.setTimeout(() => loop.wake(), Math.max(0, left) + 1);
  }
}
