import type { Command, CommandKind, CommandResult } from '#libs/contracts';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';

export type ActionOf<K extends CommandKind> = Extract<Command['action'], { $case: K }>['value'];

/** What a command works on. */
export interface CommandContext {
  readonly host: Host;
  /** Undefined for what concerns no VM. */
  readonly vm: Vm | undefined;
  readonly command: Command;
  /** Counts from 1; above 1 an earlier attempt was cut off or failed. */
  readonly attempt: number;
  /** Aborted by the end of the operator: the command is taken up again by the next one. */
  readonly signal: AbortSignal;
  /** Tells how far it is, 0 to 100. */
  progress(percent: number): void;
}

/**
 * One action. It is safe to run again after a kill at any point, and throws a VmanError when it cannot be done.
 *
 * `before-pass` and `after-pass` run in the queue of their VM, around a pass over it; `beside` is for long work,
 * which runs while the VM goes on, one after the other for the same key.
 */
export type CommandHandler<K extends CommandKind> = (
  | { readonly runs: 'before-pass' | 'after-pass' }
  | { readonly runs: 'beside'; key(action: ActionOf<K>): string }
) & {
  /**
   * All that it does is one durable write, which a second run finds done. So neither its arrival nor its end needs to
   * be on the disk before what follows it: after a kill it comes again, and does nothing.
   */
  readonly oneWrite?: true;
  carryOut(action: ActionOf<K>, context: CommandContext): Promise<CommandResult | undefined>;
};
