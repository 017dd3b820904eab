/** One of each thing that is not a VM, a host, a template or a token. */
import type {
  Address,
  AuditRow,
  Backup,
  Disk,
  Drift,
  Event,
  Explanation,
  ListedPortForward,
  Network,
  Pool,
  Project,
  Quota,
  Repair,
  RepairPause,
  Snapshot,
  StrayDisk,
  StrayVm,
} from '#libs/client';
import { NOW } from './builders.js';

const GIB = 1024 ** 3;
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString();
const idOf = (kind: string, number = 1) => `019000${kind}-0000-7000-8000-${String(number).padStart(12, '0')}`;
const VM = { id: idOf('01'), name: 'hello' };
const HOST = { id: idOf('03'), name: 'alpha' };
const POOL = { id: idOf('0a'), name: 'fast' };

export const aDisk = (changes: Partial<Disk> = {}): Disk => ({
  id: idOf('08'),
  name: 'data',
  project: 'default',
  labels: { tier: 'db' },
  state: 'attached',
  sizeBytes: 20 * GIB,
  growingToBytes: 30 * GIB,
  template: { id: idOf('04'), name: 'debian' },
  vm: VM,
  readOnly: true,
  bootOrder: 2,
  keepOnDelete: true,
  cache: 'none',
  discard: 'unmap',
  ioLimits: { readIops: 100, writeIops: 50, readBytesPerSecond: 0, writeBytesPerSecond: 0 },
  pool: POOL,
  host: HOST,
  createdAt: at(120),
  updatedAt: at(120),
  ...changes,
});

export const aStrayDisk = (): StrayDisk => ({
  id: idOf('0e'),
  state: 'quarantined',
  pool: POOL,
  host: HOST,
  fileBytes: 3 * GIB,
  sizeBytes: 20 * GIB,
  firstSeenAt: at(120),
  lastSeenAt: at(1),
  quarantinedAt: at(60),
});

export const aStrayVm = (): StrayVm => ({
  id: idOf('0f'),
  name: 'lost',
  project: 'default',
  state: 'running',
  host: HOST,
  firstSeenAt: at(120),
  lastSeenAt: at(1),
});

export const aPool = (): Pool => ({
  ...POOL,
  kind: 'shared-dir',
  capacityBytes: 1000 * GIB,
  freeBytes: 400 * GIB,
  reservedBytes: 1200 * GIB,
  overcommit: 1.5,
  watermarkPercent: 90,
  acceptsDisks: false,
  diskCount: 12,
  updatedAt: at(60),
  hosts: [{ ...HOST, available: true, reason: '' }],
});

export const aNetwork = (): Network => ({
  id: idOf('0b'),
  name: 'lan',
  kind: 'managed',
  vlan: 7,
  cidr: '10.1.0.0/24',
  gateway: '10.1.0.1',
  cidrV6: 'fd00:1::/64',
  dns: ['10.1.0.1'],
  mtu: 1400,
  domain: 'lan.test',
  dhcp: true,
  nat: false,
  antiSpoofing: true,
  ranges: ['10.1.0.100-10.1.0.199'],
  reserved: [],
  createdAt: at(300),
  updatedAt: at(30),
});

export const anAddress = (): Address => ({
  id: idOf('0c'),
  address: '10.1.0.100',
  prefix: 24,
  network: { id: idOf('0b'), name: 'lan' },
  project: 'default',
  state: 'held',
  source: 'dhcp',
  kept: true,
  note: 'the printer',
  vm: VM,
  nicId: idOf('09'),
  mac: '52:54:00:00:00:01',
  createdAt: at(60),
  updatedAt: at(60),
});

export const aPortForward = (): ListedPortForward => ({
  id: idOf('07'),
  protocol: 'tcp',
  hostAddress: '127.0.0.1',
  hostPort: 8080,
  guestPort: 80,
  connect: 'http://127.0.0.1:8080',
  vm: VM,
  nicId: idOf('09'),
  host: HOST,
  releasing: false,
});

export const aSnapshot = (changes: Partial<Snapshot> = {}): Snapshot => ({
  id: idOf('0d'),
  name: 'before',
  description: 'before the upgrade',
  project: 'default',
  vm: VM,
  state: 'ready',
  memory: true,
  freeze: 'auto',
  consistency: 'memory',
  bytes: 300 * 1024 ** 2,
  takenAt: at(14),
  parent: 'first',
  current: true,
  disks: [{ id: idOf('08'), sizeBytes: 20 * GIB }],
  machine: { vcpus: 2, memoryMiB: 512, machine: 'q35', firmware: 'bios', nics: 1 },
  createdAt: at(15),
  updatedAt: at(15),
  ...changes,
});

export const aBackup = (changes: Partial<Backup> = {}): Backup => ({
  id: idOf('0e'),
  project: 'default',
  vm: VM,
  poolId: POOL.id,
  state: 'ready',
  kind: 'full',
  requestedKind: 'incremental',
  fallbackReason: 'there is none to add to',
  consistency: 'frozen',
  disks: [{ id: idOf('08'), sizeBytes: 20 * GIB, fileBytes: GIB, sha256: 'ab'.repeat(32) }],
  fileBytes: GIB,
  createdAt: at(200),
  updatedAt: at(200),
  takenAt: at(199),
  ...changes,
});

export const aDrift = (changes: Partial<Drift> = {}): Drift => ({
  id: idOf('0f'),
  kind: 'crashed',
  state: 'repairing',
  vm: VM,
  host: HOST,
  subject: 'exit 3',
  expected: 'running',
  seen: 'crashed',
  decision: 'repair',
  reason: 'QEMU was killed',
  generation: 4,
  since: at(2),
  detectedAt: at(2),
  changedAt: at(1),
  attempts: 1,
  epoch: 1,
  ...changes,
});

export const aRepair = (changes: Partial<Repair> = {}): Repair => ({
  id: idOf('10'),
  kind: 'crashed',
  action: 'restart',
  state: 'succeeded',
  origin: 'observer',
  vm: VM,
  host: HOST,
  expected: 'running',
  seen: 'crashed',
  reason: 'QEMU was killed',
  generation: 4,
  exitSequence: 3,
  attempt: 1,
  epoch: 1,
  detectedAt: at(2),
  decidedAt: at(2),
  finishedAt: at(1),
  ...changes,
});

export const aPause = (scope: RepairPause['scope']): RepairPause => ({
  id: idOf('11'),
  scope,
  reason: 'the storage is moved',
  requestedBy: 'admin',
  createdAt: at(5),
  until: at(-25),
});

export const anEvent = (number: number, changes: Partial<Event> = {}): Event => ({
  id: number,
  type: 'vm.state',
  time: at(10 - number),
  project: 'default',
  resource: { kind: 'vm', ...VM },
  old: 'stopped',
  new: 'running',
  cause: 'user',
  requestId: `request-${number}`,
  ...changes,
});

export const aProject = (): Project => ({
  id: idOf('12'),
  name: 'shop',
  description: 'the web shop',
  labels: { team: 'web' },
  generation: 1,
  createdAt: at(600),
  updatedAt: at(60),
});

export const aQuota = (): Quota => ({
  id: idOf('12'),
  project: 'shop',
  limits: { vms: 10, vcpus: null, memoryMiB: 8192, diskGiB: 100, addresses: null, snapshots: 20 },
  usage: { vms: 3, vcpus: 6, memoryMiB: 1536, diskGiB: 60, addresses: 2, snapshots: 0 },
  generation: 2,
});

export const anAuditRow = (number: number, changes: Partial<AuditRow> = {}): AuditRow => ({
  id: number,
  time: at(number),
  actor: 'admin',
  authenticatedBy: 'token',
  address: '127.0.0.1',
  project: 'default',
  verb: 'vm.start',
  resource: { kind: 'vm', id: VM.id },
  outcome: 'succeeded',
  requestId: `request-${number}`,
  ...changes,
});

export const anExplanation = (): Explanation => ({
  vm: VM,
  coherent: false,
  summary: 'It is to run and has crashed; it is restarted at once.',
  desired: { state: 'running', generation: 4, startGeneration: 4, host: HOST },
  observed: {
    state: 'crashed',
    reason: 'killed',
    acceptedGeneration: 4,
    observedGeneration: 4,
    at: at(1),
    hostHeard: true,
  },
  drifts: [aDrift()],
  blockedBy: ['repairs on host alpha are paused'],
  nextTryAt: at(-1),
  placement: [
    { host: 'alpha', verdict: 'chosen', score: 80 },
    { host: 'beta', verdict: 'refused', rule: 'memory', message: '512 MiB of 256 MiB' },
  ],
  operations: [],
});
