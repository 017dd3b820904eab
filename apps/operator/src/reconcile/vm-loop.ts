/**
 * The queue of one VM: one pass at a time, all VMs side by side in a bounded number of places. A wake-up during a
 * pass is never lost, a newer generation cuts the waits of the running pass, one-shot commands run between passes.
 */
import type { Timer } from '#libs/clock';
import { retryDelay } from '#libs/domain';
import { type LogContext, withContext } from '#libs/logging';
import type { Beside } from '../commands/beside.js';
import { handlerOf } from '../commands/handlers.js';
import { exitToAnswer, restartAlone } from '../commands/restart-alone.js';
import { judge, runCommands } from '../commands/run-command.js';
import type { Host } from '../host.js';
import type { JournalEntry } from '../storage/command-journal.js';
import { converge, type PassResult } from './converge.js';
import type { Vm } from './vm.js';

export class VmLoop {
  /** Journalled commands of this VM that are not finished. */
  readonly commands: JournalEntry[] = [];
  private dirty = false;
  private running: Promise<void> | undefined;
  private started = false;
  private stopped = false;
  private waits = new AbortController();
  private readonly ending = new AbortController();
  private attempt = 0;
  private retryTimer: Timer | undefined;
  private retryDue = false;

  constructor(
    private readonly host: Host,
    readonly vm: Vm,
    private readonly beside: Beside,
    private readonly onGone: () => void,
  ) {
    vm.wake = () => this.wake();
  }

  /** Whether it is known what runs of the VM. */
  get adopted(): boolean {
    return this.started;
  }

  /** From now on it may act: what runs of the VM is adopted. */
  start(): void {
    this.started = true;
    this.wake();
  }

  wake(): void {
    this.dirty = true;
    if (!this.started || this.stopped || this.running !== undefined) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
      if (this.dirty && !this.stopped) this.wake();
    });
  }

  /** A newer desired state was accepted. */
  supersede(): void {
    this.cancelRetry();
    this.attempt = 0;
    this.waits.abort();
    this.wake();
  }

  /** Something asked for it explicitly: a failed generation is tried again now. */
  retryNow(): void {
    this.retryDue = true;
    this.wake();
  }

  /** Ends waits and takes no new work; resolves when the running step is over. Touches no guest. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelRetry();
    this.waits.abort();
    this.ending.abort();
    await this.running;
    await this.vm.clearedUp;
    this.vm.process?.leave();
  }

  private async run(): Promise<void> {
    while (this.dirty && !this.stopped) {
      this.dirty = false;
      try {
        await this.host.places.with(() => withContext(contextOf(this.vm), () => this.pass()));
      } catch (error) {
        this.host.logger.error({ err: error, vmId: this.vm.vmId }, 'a pass over a VM ended by a fault');
        this.retryLater('unavailable');
      }
      if (this.vm.gone) {
        this.stopped = true;
        this.onGone();
      }
    }
  }

  private async pass(): Promise<void> {
    const { host, vm } = this;
    this.waits = new AbortController();
    if (this.stopped) this.waits.abort();
    if (await this.runCommands('before-pass')) this.retryDue = true;
    if (await restartAlone(host, vm)) this.retryDue = true;
    const retry = this.retryDue;
    this.retryDue = false;
    const result = await converge(host, vm, { signal: this.waits.signal, retry });
    this.afterPass(result, retry);
    if (!exitToAnswer(vm)) host.starts.dismiss(vm.vmId);
    this.beginBeside();
    if (result !== 'interrupted') await this.runCommands('after-pass');
  }

  private runCommands(turn: 'before-pass' | 'after-pass'): Promise<boolean> {
    return runCommands(this.host, this.vm, this.commands, turn, this.ending.signal);
  }

  private beginBeside(): void {
    const due = this.commands.filter(
      (it) =>
        handlerOf(it.command.action).runs === 'beside' &&
        judge(it, this.vm, this.host.clock.now()) !== 'wait',
    );
    for (const entry of due) {
      this.commands.splice(this.commands.indexOf(entry), 1);
      this.beside.begin(entry, this.vm);
    }
  }

  private afterPass(result: PassResult, retried: boolean): void {
    switch (result) {
      case 'converged':
        this.cancelRetry();
        this.attempt = 0;
        return;
      case 'interrupted':
        this.dirty = true;
        return;
      case 'failed':
        if (retried) this.attempt += 1;
        this.retryLater(this.vm.status.failure?.code ?? '');
        return;
      case 'waiting':
        return;
    }
  }

  private retryLater(code: string): void {
    const ms = retryDelay(code, this.attempt);
    if (ms === undefined || this.retryTimer) return;
    this.retryTimer = this.host.clock.setTimeout(() => {
      this.retryTimer = undefined;
      this.retryNow();
    }, ms);
  }

  private cancelRetry(): void {
    this.retryTimer?.cancel();
    this.retryTimer = undefined;
  }
}

/** Everything that a pass logs and publishes carries the ids of the change it works on. */
function contextOf({ vmId, desired }: Vm): LogContext {
  const { operationId, requestId, traceparent } = desired?.cause ?? {};
  return { vmId, operationId, requestId, traceparent };
}
