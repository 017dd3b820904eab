/**
 * The QMP commands that VMAN uses, with their arguments and answers (qapi/*.json of QEMU 7.2 to 10). Add a command
 * here to use it; fields that nobody reads are left out.
 */
import type { BlockNode, DeviceProperties, NetdevProperties, ObjectProperties } from '../argv/index.js';
import type { JobStatus } from './qmp-events.js';

export const RUN_STATES = [
  'colo',
  'debug',
  'finish-migrate',
  'guest-panicked',
  'inmigrate',
  'internal-error',
  'io-error',
  'paused',
  'postmigrate',
  'prelaunch',
  'restore-vm',
  'running',
  'save-vm',
  'shutdown',
  'suspended',
  'watchdog',
] as const;
/** What QEMU itself says of the guest. */
export type RunState = (typeof RUN_STATES)[number];

export interface QemuVersion {
  qemu: { major: number; minor: number; micro: number };
  package: string;
}

export interface JobInfo {
  id: string;
  type: string;
  status: JobStatus;
  'current-progress': number;
  'total-progress': number;
  error?: string;
}

export interface BlockDeviceInfo {
  device: string;
  qdev?: string;
  'io-status'?: 'ok' | 'failed' | 'nospace';
  inserted?: { 'node-name'?: string; file: string; ro: boolean; image: { 'virtual-size': number } };
}

export interface BlockStats {
  'node-name'?: string;
  qdev?: string;
  stats: {
    rd_bytes: number;
    wr_bytes: number;
    rd_operations: number;
    wr_operations: number;
    flush_operations: number;
    rd_total_time_ns: number;
    wr_total_time_ns: number;
  };
}

export interface MigrationInfo {
  status?: string;
  'error-desc'?: string;
  'total-time'?: number;
  downtime?: number;
  ram?: { transferred: number; remaining: number; total: number };
}

export interface NamedBlockNode {
  'node-name'?: string;
  file: string;
  ro: boolean;
  drv: string;
  image: { 'virtual-size': number; 'actual-size'?: number };
  'dirty-bitmaps'?: DirtyBitmap[];
}

export interface DirtyBitmap {
  name?: string;
  recording: boolean;
  busy: boolean;
  persistent: boolean;
  /** It was not stored when QEMU last ended: nobody knows what was written since. */
  inconsistent?: boolean;
}

type BitmapName = { node: string; name: string };
interface BackupArguments {
  'job-id': string;
  device: string;
  target: string;
  sync: BackupMode;
  bitmap?: string;
  'bitmap-mode'?: 'never' | 'on-success' | 'always';
  /** Bytes per second; 0 is no limit. */
  speed?: number;
  'auto-dismiss'?: boolean;
}

/** What one transaction does at one moment, or not at all. */
export type TransactionAction =
  | { type: 'blockdev-backup'; data: BackupArguments }
  | { type: 'blockdev-snapshot-internal-sync'; data: { device: string; name: string } }
  | { type: 'block-dirty-bitmap-add'; data: BitmapName & { persistent: boolean } };

type Nothing = Record<string, never>;
interface Call<A, R> {
  arguments: A;
  returns: R;
}
type NodeName = { 'node-name': string };
type SnapshotTarget = { 'job-id': string; tag: string; devices: string[] };
type BackupMode = 'full' | 'incremental' | 'none' | 'top' | 'bitmap';
type ResetAction = 'reset' | 'shutdown';

export interface QmpCommands {
  qmp_capabilities: Call<undefined, Nothing>;
  'query-version': Call<undefined, QemuVersion>;
  'query-status': Call<undefined, { status: RunState; running: boolean }>;
  'query-uuid': Call<undefined, { UUID: string }>;
  'query-name': Call<undefined, { name?: string }>;
  'query-block': Call<undefined, BlockDeviceInfo[]>;
  'query-named-block-nodes': Call<{ flat?: boolean } | undefined, NamedBlockNode[]>;
  'query-blockstats': Call<{ 'query-nodes'?: boolean } | undefined, BlockStats[]>;
  'query-jobs': Call<undefined, JobInfo[]>;
  'query-cpus-fast': Call<undefined, { 'cpu-index': number; 'thread-id': number; 'qom-path': string }[]>;
  'query-migrate': Call<undefined, MigrationInfo>;
  'query-balloon': Call<undefined, { actual: number }>;
  /** `frontend-open`: somebody in the guest has the port open. */
  'query-chardev': Call<undefined, { label: string; filename: string; 'frontend-open': boolean }[]>;
  'query-kvm': Call<undefined, { enabled: boolean; present: boolean }>;
  'query-machines': Call<undefined, { name: string; alias?: string; 'is-default'?: boolean }[]>;
  'query-commands': Call<undefined, { name: string }[]>;
  'query-hotpluggable-cpus': Call<
    undefined,
    { type: string; props: Record<string, number>; 'qom-path'?: string }[]
  >;
  stop: Call<undefined, Nothing>;
  cont: Call<undefined, Nothing>;
  quit: Call<undefined, Nothing>;
  system_powerdown: Call<undefined, Nothing>;
  system_reset: Call<undefined, Nothing>;
  'set-action': Call<{ reboot?: ResetAction; shutdown?: 'poweroff' | 'pause' }, Nothing>;
  'blockdev-add': Call<BlockNode, Nothing>;
  'blockdev-del': Call<NodeName, Nothing>;
  'blockdev-snapshot': Call<{ node: string; overlay: string }, Nothing>;
  'blockdev-backup': Call<BackupArguments, Nothing>;
  'block-dirty-bitmap-remove': Call<BitmapName, Nothing>;
  transaction: Call<{ actions: TransactionAction[] }, Nothing>;
  'blockdev-mirror': Call<{ 'job-id': string; device: string; target: string; sync: BackupMode }, Nothing>;
  'block-commit': Call<{ 'job-id': string; device: string; 'base-node'?: string }, Nothing>;
  'block-stream': Call<{ 'job-id': string; device: string; 'base-node'?: string }, Nothing>;
  /** It also shrinks a live disk without an error: compare sizes first. */
  block_resize: Call<{ 'node-name': string; size: number }, Nothing>;
  /** `id` is the path of the device's backend. All 0: no limits. */
  block_set_io_throttle: Call<
    {
      id: string;
      bps: number;
      bps_rd: number;
      bps_wr: number;
      iops: number;
      iops_rd: number;
      iops_wr: number;
    },
    Nothing
  >;
  'snapshot-save': Call<SnapshotTarget & { vmstate: string }, Nothing>;
  /** When it fails, the guest stays stopped in `restore-vm`: send `cont`. */
  'snapshot-load': Call<SnapshotTarget & { vmstate: string }, Nothing>;
  'snapshot-delete': Call<SnapshotTarget, Nothing>;
  'job-complete': Call<{ id: string }, Nothing>;
  'job-cancel': Call<{ id: string }, Nothing>;
  'job-dismiss': Call<{ id: string }, Nothing>;
  device_add: Call<DeviceProperties, Nothing>;
  device_del: Call<{ id: string }, Nothing>;
  'object-add': Call<ObjectProperties, Nothing>;
  'object-del': Call<{ id: string }, Nothing>;
  netdev_add: Call<NetdevProperties, Nothing>;
  /** It succeeds on a netdev in use and leaves a dead NIC: remove the device first. */
  netdev_del: Call<{ id: string }, Nothing>;
  /** Keeps the file that is passed with it under this name, until something takes it. */
  getfd: Call<{ fdname: string }, Nothing>;
  closefd: Call<{ fdname: string }, Nothing>;
  set_link: Call<{ name: string; up: boolean }, Nothing>;
  balloon: Call<{ value: number }, Nothing>;
  'qom-list': Call<{ path: string }, { name: string; type: string }[]>;
  'qom-get': Call<{ path: string; property: string }, unknown>;
  'qom-set': Call<{ path: string; property: string; value: unknown }, Nothing>;
  screendump: Call<{ filename: string; format?: 'ppm' | 'png' }, Nothing>;
  'human-monitor-command': Call<{ 'command-line': string }, string>;
}

export type QmpCommandName = keyof QmpCommands;
export type QmpArguments<C extends QmpCommandName> = QmpCommands[C]['arguments'];
export type QmpReturn<C extends QmpCommandName> = QmpCommands[C]['returns'];
