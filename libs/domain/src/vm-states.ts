import type { VmState } from '#libs/contracts';

/**
 * The states of a VM as one table.
 *
 *   pending -> provisioning -> starting -> running <-> paused
 *                  |               ^          |
 *                  v               |          +-> crashed <-> crash-loop
 *               stopped -----------+          v
 *                  ^------------------------ stopping
 *
 * `failed` (a change could not be carried out), `unknown` (not seen in time) and `deleting` are reached from
 * everywhere. A test checks the table for unknown, unreachable and dead-end states.
 */
export interface StateInfo {
  /** A transient state is on its way to another one and counts as stuck after `stuckAfterMs`. */
  transient: boolean;
  stuckAfterMs?: number;
  /** What it means, for the docs. */
  meaning: string;
  /** What can be seen next. */
  next: readonly VmState[];
}

const everywhere = ['failed', 'unknown', 'deleting'] as const;

export const VM_STATE_TABLE: Readonly<Record<VmState, StateInfo>> = {
  pending: {
    transient: true,
    stuckAfterMs: 60_000,
    meaning: 'Accepted, and on its way to a host.',
    next: ['provisioning', 'starting', 'stopped', 'running', 'crashed', ...everywhere],
  },
  provisioning: {
    transient: true,
    stuckAfterMs: 600_000,
    meaning: 'The host fetches its image and makes its disks.',
    next: ['starting', 'stopped', 'running', 'crashed', ...everywhere],
  },
  stopped: {
    transient: false,
    meaning: 'No process, and none wanted.',
    next: ['provisioning', 'starting', 'running', 'migrating', 'crashed', ...everywhere],
  },
  starting: {
    transient: true,
    stuckAfterMs: 60_000,
    meaning: 'QEMU is being launched.',
    next: ['running', 'paused', 'stopping', 'stopped', 'crashed', ...everywhere],
  },
  running: {
    transient: false,
    meaning: 'QEMU runs and the virtual CPUs turn.',
    next: ['paused', 'stopping', 'stopped', 'starting', 'migrating', 'crashed', ...everywhere],
  },
  paused: {
    transient: false,
    meaning: 'QEMU runs, the virtual CPUs stand still; the reason says why.',
    next: ['running', 'stopping', 'stopped', 'starting', 'crashed', ...everywhere],
  },
  stopping: {
    transient: true,
    stuckAfterMs: 300_000,
    meaning: 'The guest was asked to shut down, or its power is being cut.',
    next: ['stopped', 'running', 'starting', 'crashed', ...everywhere],
  },
  crashed: {
    transient: false,
    meaning: 'QEMU ended without being asked to, and is to run.',
    next: ['starting', 'running', 'crash-loop', 'stopped', 'provisioning', ...everywhere],
  },
  'crash-loop': {
    transient: false,
    meaning: 'It crashed too often in a short time; the next try waits until `restart.nextAt`.',
    next: ['starting', 'running', 'crashed', 'stopped', 'provisioning', ...everywhere],
  },
  migrating: {
    transient: true,
    stuckAfterMs: 3_600_000,
    meaning: 'On its way to another host.',
    next: ['running', 'paused', 'stopped', 'crashed', ...everywhere],
  },
  failed: {
    transient: false,
    meaning: 'The last change could not be carried out; the reason has the code and what to do.',
    next: [
      'provisioning',
      'starting',
      'running',
      'paused',
      'stopping',
      'stopped',
      'crashed',
      'unknown',
      'deleting',
    ],
  },
  unknown: {
    transient: false,
    meaning: 'Not seen in time. It may well run: silence is never taken for `stopped`.',
    next: [
      'pending',
      'provisioning',
      'starting',
      'running',
      'paused',
      'stopping',
      'stopped',
      'crashed',
      'crash-loop',
      'migrating',
      'failed',
      'deleting',
    ],
  },
  deleting: {
    transient: true,
    stuckAfterMs: 300_000,
    meaning: 'Its process is being stopped and its disks removed; afterwards the VM is gone.',
    next: ['failed', 'unknown'],
  },
};

/** The table as a Mermaid state diagram. */
export function vmStateDiagram(): string {
  const id = (state: string) => state.replace('-', '_');
  const lines = Object.entries(VM_STATE_TABLE).flatMap(([from, info]) =>
    info.next.map((to) => `  ${id(from)} --> ${id(to)}`),
  );
  return ['stateDiagram-v2', '  [*] --> pending', ...lines, '  deleting --> [*]'].join('\n');
}
