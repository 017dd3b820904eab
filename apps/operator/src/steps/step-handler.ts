import type { DesiredVm } from '#libs/contracts';
import type { Step, StepName } from '#libs/domain';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';

/** What a step works on. */
export interface StepContext {
  readonly host: Host;
  readonly vm: Vm;
  /** The desired state that was planned for. */
  readonly desired: DesiredVm;
  /** Aborted by a newer generation or the end of the operator: ends waits, never a write. */
  readonly signal: AbortSignal;
  /** Runs a wait without holding a place that another VM could work in. */
  wait<T>(work: () => Promise<T>): Promise<T>;
}

export type StepOf<N extends StepName> = Extract<Step, { step: N }>;

/**
 * One piece of host work. `needed` looks whether it is done already, `carryOut` does it, `verify` throws when reality
 * disagrees, `undo` takes a done step back when a later one of the same plan failed. All are safe to run twice and
 * after a kill at any point.
 */
export interface StepHandler<N extends StepName> {
  needed(step: StepOf<N>, context: StepContext): Promise<boolean> | boolean;
  carryOut(step: StepOf<N>, context: StepContext): Promise<void>;
  verify?(step: StepOf<N>, context: StepContext): Promise<void> | void;
  undo?(step: StepOf<N>, context: StepContext): Promise<void>;
}
