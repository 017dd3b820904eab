import type { Host, Operation, Template, Token, Vm, VmExit } from '#libs/client';

/** The moment at which every test of the client and the command takes place. */
export const NOW = Date.parse('2026-01-02T12:00:00Z');
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString();
const idOf = (kind: number, number: number) =>
  `0190000${kind}-0000-7000-8000-${String(number).padStart(12, '0')}`;

export function aVm(number: number, name: string, changes: Partial<Vm> = {}): Vm {
  const forward = {
    id: idOf(7, number),
    protocol: 'tcp' as const,
    hostAddress: '127.0.0.1',
    hostPort: 30_000 + number,
    guestPort: 80,
    connect: `http://127.0.0.1:${30_000 + number}`,
  };
  return {
    id: idOf(1, number),
    name,
    project: 'default',
    labels: { tier: 'web' },
    generation: 1,
    spec: {
      template: 'debian',
      vcpus: 1,
      memoryMiB: 512,
      desiredState: 'running',
      restart: { policy: 'on-failure', maxRetries: 5, windowSeconds: 300 },
      disks: [
        {
          id: idOf(8, number),
          sizeBytes: 10 * 1024 ** 3,
          readOnly: false,
          attached: true,
          bootOrder: 1,
          templateId: idOf(4, 1),
          cache: 'writeback',
          discard: 'unmap',
          keepOnDelete: false,
        },
      ],
      nics: [
        {
          id: idOf(9, number),
          kind: 'user',
          mac: '52:54:00:00:00:01',
          network: { id: idOf(0, 1), name: 'user' },
          addresses: [],
          portForwards: [forward],
        },
      ],
      machine: 'q35',
      firmware: 'bios',
      cpuModel: '',
      vnc: false,
      watchdog: 'none',
      bootPriority: 0,
      failover: false,
      deletionProtection: false,
    },
    status: {
      state: 'running',
      reason: '',
      observedGeneration: 1,
      observedAt: at(0),
      host: { id: idOf(3, 1), name: 'alpha' },
      pid: 4711,
      runningSince: at(90),
      addresses: [
        {
          address: '10.0.2.15',
          source: 'guest-agent',
          family: 'ipv4',
          prefix: 24,
          mac: '52:54:00:00:00:01',
          interface: 'eth0',
        },
      ],
      portForwards: [forward],
      conditions: [{ type: 'Ready', status: 'true', reason: 'running', message: '' }],
      restart: { count: 1 },
      lastExit: {
        sequence: 1,
        reason: 'killed',
        at: at(91),
        status: 'signal 9',
        href: `/v1/vms/${idOf(1, number)}/exits/1`,
      },
    },
    createdAt: at(60 * 24 * 3),
    updatedAt: at(100),
    ...changes,
  };
}

export function anOperation(number: number, changes: Partial<Operation> = {}): Operation {
  return {
    id: idOf(2, number),
    kind: 'vm.start',
    status: 'running',
    progress: 0,
    phase: 'waiting for the host',
    steps: [],
    resources: [{ kind: 'vm', id: idOf(1, 1), name: 'hello' }],
    requestedBy: 'admin',
    origin: 'user',
    reason: '',
    generation: 2,
    attempt: 1,
    mayCancel: true,
    queuedAt: at(2),
    updatedAt: at(2),
    startedAt: at(2),
    requestId: 'request-1',
    ...changes,
  };
}

export function anExit(): VmExit {
  return {
    sequence: 1,
    reason: 'killed',
    status: 'signal SIGKILL',
    startedAt: at(100),
    at: at(91),
    startGeneration: 1,
    pid: 4242,
    host: { id: idOf(3, 1), name: 'alpha' },
    serialTail: 'booting\r\nlogin: ',
    stderrTail: 'qemu: terminating on signal 9\n',
    qmpEvents: [{ name: 'RESUME', at: at(99), data: '{}' }],
  };
}

export function aHost(number: number, name: string, changes: Partial<Host> = {}): Host {
  return {
    id: idOf(3, number),
    name,
    state: 'ready',
    cordoned: false,
    labels: {},
    cpuOvercommit: 8,
    memoryOvercommit: 1,
    seenAt: at(0),
    agentVersion: '0.1.0',
    bootId: 'boot-1',
    cpus: 8,
    memoryMiB: 16_384,
    reservedMemoryMiB: 1024,
    reservedVcpus: 2,
    storageBytes: 100 * 1024 ** 3,
    storageFreeBytes: 60 * 1024 ** 3,
    qemuVersion: '7.2.0',
    accelerator: 'kvm',
    acceleratorReason: '',
    upkeep: 'open',
    dryRun: false,
    vmCount: 2,
    updatedAt: at(60),
    orphans: [],
    ...changes,
  };
}

export function aTemplate(number: number, name: string, changes: Partial<Template> = {}): Template {
  return {
    id: idOf(4, number),
    name,
    format: 'qcow2',
    state: 'ready',
    source: 'file',
    sha256: 'ab'.repeat(32),
    fileBytes: 300 * 1024 ** 2,
    virtualBytes: 2 * 1024 ** 3,
    defaults: { memoryMiB: 512 },
    createdAt: at(60 * 5),
    updatedAt: at(60 * 5),
    ...changes,
  };
}

export function aToken(number: number, name: string, changes: Partial<Token> = {}): Token {
  return { id: idOf(5, number), name, role: 'operator', createdAt: at(60), ...changes };
}
