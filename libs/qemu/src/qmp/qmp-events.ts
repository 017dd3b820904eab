/** The QMP events that VMAN reads, with their data (qapi/*.json of QEMU 7.2 to 10). */
export const SHUTDOWN_CAUSES = [
  'none',
  'host-error',
  'host-qmp-quit',
  'host-qmp-system-reset',
  'host-signal',
  'host-ui',
  'guest-shutdown',
  'guest-reset',
  'guest-panic',
  'subsystem-reset',
  'snapshot-load',
] as const;
export type ShutdownCause = (typeof SHUTDOWN_CAUSES)[number];

/** Of a job: `concluded` waits to be dismissed, `null` is gone. */
export type JobStatus =
  | 'undefined'
  | 'created'
  | 'running'
  | 'paused'
  | 'ready'
  | 'standby'
  | 'waiting'
  | 'pending'
  | 'aborting'
  | 'concluded'
  | 'null';

export interface QmpEvents {
  SHUTDOWN: { guest: boolean; reason: ShutdownCause };
  RESET: { guest: boolean; reason: ShutdownCause };
  POWERDOWN: undefined;
  STOP: undefined;
  RESUME: undefined;
  SUSPEND: undefined;
  WAKEUP: undefined;
  GUEST_PANICKED: { action: 'pause' | 'poweroff' | 'run' };
  WATCHDOG: { action: string };
  DEVICE_DELETED: { device?: string; path: string };
  DEVICE_UNPLUG_GUEST_ERROR: { device?: string; path: string };
  VSERPORT_CHANGE: { id: string; open: boolean };
  NIC_RX_FILTER_CHANGED: { name?: string; path: string };
  RTC_CHANGE: { offset: number };
  BALLOON_CHANGE: { actual: number };
  MIGRATION: { status: string };
  BLOCK_IO_ERROR: {
    'node-name'?: string;
    device: string;
    operation: 'read' | 'write';
    action: 'ignore' | 'report' | 'stop';
    nospace?: boolean;
    reason: string;
  };
  BLOCK_JOB_READY: { device: string; type: string };
  BLOCK_JOB_COMPLETED: { device: string; type: string; error?: string };
  BLOCK_JOB_CANCELLED: { device: string; type: string };
  BLOCK_JOB_ERROR: { device: string; operation: string; action: string };
  JOB_STATUS_CHANGE: { id: string; status: JobStatus };
}

export type QmpEventName = keyof QmpEvents;

/** An event as it came, also one that is not in the table above. `atMs` is QEMU's wall clock in Unix ms. */
export interface QmpEvent {
  name: string;
  data: unknown;
  atMs: number;
}
