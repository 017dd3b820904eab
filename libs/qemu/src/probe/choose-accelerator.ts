/** How one run of the boot sector ended. */
export type ProbeRun =
  | { outcome: 'ran'; elapsedMs: number }
  | { outcome: 'too-slow'; limitMs: number }
  | { outcome: 'failed'; message: string };

export type AcceleratorKind = 'kvm' | 'tcg';

export interface AcceleratorChoice {
  accelerator: AcceleratorKind;
  /** For the log, with the figures. */
  reason: string;
}

/** A sound KVM needs about as long as TCG for this; some clouds offer one that is dozens of times slower. */
const SLOWER_THAN_TCG = 8;
/** Below this the figures are start-up noise. */
const FLOOR_MS = 500;

/** How long KVM may take, given how long TCG took on this machine at this load. */
export function kvmLimitMs(tcg: ProbeRun, deadlineMs: number): number {
  if (tcg.outcome !== 'ran') return deadlineMs;
  return Math.min(deadlineMs, Math.max(FLOOR_MS, Math.ceil(SLOWER_THAN_TCG * tcg.elapsedMs)));
}

const describeRun = (run: ProbeRun): string => {
  switch (run.outcome) {
    case 'ran':
      return `${Math.round(run.elapsedMs)} ms`;
    case 'too-slow':
      return `more than ${Math.round(run.limitMs)} ms`;
    case 'failed':
      return `no result (${run.message})`;
  }
};

/** KVM only when it ran the boot sector in time. */
export function chooseAccelerator(kvm: ProbeRun, tcg: ProbeRun): AcceleratorChoice {
  const figures = `a boot sector took ${describeRun(kvm)} under KVM, ${describeRun(tcg)} under TCG`;
  switch (kvm.outcome) {
    case 'ran':
      return { accelerator: 'kvm', reason: `KVM works: ${figures}` };
    case 'too-slow':
      return { accelerator: 'tcg', reason: `KVM opens but crawls: ${figures}` };
    case 'failed':
      return { accelerator: 'tcg', reason: `KVM does not run a guest: ${figures}` };
  }
}
