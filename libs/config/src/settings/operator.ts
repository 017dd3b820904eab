import type { Settings } from '../setting.js';

/** Settings of the agent on a hypervisor host. */
export const operatorSettings = {
  storagePath: {
    env: 'VMAN_STORAGE_PATH',
    type: 'path',
    default: '/var/lib/vman',
    description: 'Folder of the state, the disks and the image cache of this host.',
  },
  runPath: {
    env: 'VMAN_RUN_PATH',
    type: 'path',
    default: '/run/vman',
    description: 'Folder of the sockets; keep it short, a socket path holds 107 bytes.',
  },
  hostId: {
    env: 'VMAN_HOST_ID',
    type: 'uuid',
    description: 'Identity of this host. Empty: made once and kept in the storage folder.',
    example: '01890a5d-ac96-774b-bcce-b302099a8057',
  },
  hostName: {
    env: 'VMAN_HOST_NAME',
    type: 'string',
    pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/,
    form: 'letters, digits, dots and dashes',
    default: '<hostname>',
    description: 'Name of this host, for people.',
    example: 'rack3-node7',
  },
  qemuBinary: {
    env: 'VMAN_QEMU_BINARY',
    type: 'string',
    default: 'qemu-system-x86_64',
    description: 'The QEMU program: a name found in PATH, or a path.',
  },
  qemuAccel: {
    env: 'VMAN_QEMU_ACCEL',
    type: 'enum',
    values: ['auto', 'kvm', 'tcg'],
    default: 'auto',
    description: 'Accelerator. `auto` tries KVM with a tiny guest and falls back to TCG.',
  },
  qemuUser: {
    env: 'VMAN_QEMU_USER',
    type: 'string',
    pattern: /^[a-z_][a-z0-9_-]{0,31}$/,
    form: 'the name of a user',
    description:
      'User that an operator of root runs QEMU as. Empty: vman-qemu where there is such a user, otherwise its own.',
    example: 'vman-qemu',
  },
  launcher: {
    env: 'VMAN_LAUNCHER',
    type: 'enum',
    values: ['direct', 'systemd'],
    default: 'direct',
    description:
      'How QEMU is started: as a process of its own session, or in a scope of systemd (needs root).',
  },
  ovmfPath: {
    env: 'VMAN_OVMF_PATH',
    type: 'path',
    description: 'Folder of the UEFI firmware (OVMF). Empty: looked for where distributions put it.',
    example: '/usr/share/OVMF',
  },
  operatorAddress: {
    env: 'VMAN_OPERATOR_ADDRESS',
    type: 'string',
    pattern: /^[A-Za-z0-9.:_-]+$/,
    form: 'an IP address or a host name',
    default: '127.0.0.1',
    description: 'Address on which health and metrics are served.',
  },
  operatorPort: {
    env: 'VMAN_OPERATOR_PORT',
    type: 'integer',
    min: 0,
    max: 65535,
    default: '7401',
    description: 'Port on which health and metrics are served. 0: any free one.',
  },
  operatorDryRun: {
    env: 'VMAN_OPERATOR_DRY_RUN',
    type: 'boolean',
    default: 'false',
    description: 'Plan and report, touch nothing.',
  },
  operatorParallel: {
    env: 'VMAN_OPERATOR_PARALLEL',
    type: 'integer',
    min: 1,
    max: 256,
    unit: 'VMs',
    default: '8',
    description: 'How many VMs are worked on at once.',
  },
  operatorStarts: {
    env: 'VMAN_OPERATOR_STARTS',
    type: 'integer',
    min: 1,
    max: 256,
    unit: 'VMs',
    default: '4',
    description: 'How many VMs are started at once; the highest bootPriority first.',
  },
} as const satisfies Settings;
