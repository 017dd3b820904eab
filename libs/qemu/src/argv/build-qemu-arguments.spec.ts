import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildQemuArguments, type DiskSpec, type NicSpec, type QemuSpec } from './index.js';

const GOLDEN = join(import.meta.dirname, '../../../../test/golden/qemu');
/** Write what is built now: `UPDATE_GOLDEN=1 npm run jest -- libs/qemu`, then read the diff. */
const UPDATE = process.env.UPDATE_GOLDEN === '1';

const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const uuid = (digit: string): string => `0198b1f0-7a11-7c3e-9d55-${digit.repeat(12)}`;
const HOME = '/var/lib/vman/vms';

const root: DiskSpec = {
  id: uuid('a'),
  layers: [
    { path: `${HOME}/root.qcow2`, format: 'qcow2' },
    { path: '/var/lib/vman/images/base.qcow2', format: 'qcow2' },
  ],
  bootIndex: 1,
};
const data: DiskSpec = { id: uuid('b'), layers: [{ path: `${HOME}/data.qcow2`, format: 'qcow2' }] };
const nic: NicSpec = {
  id: uuid('c'),
  mac: '52:54:00:AB:CD:EF',
  backend: {
    kind: 'user',
    forwards: [
      { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 30022, guestPort: 22 },
      { protocol: 'udp', hostAddress: '0.0.0.0', hostPort: 30053, guestPort: 53 },
    ],
  },
};
const plain: QemuSpec = {
  vmId: VM,
  accelerator: { kind: 'tcg' },
  machine: { type: 'q35' },
  firmware: { kind: 'bios' },
  vcpus: { count: 1 },
  memory: { sizeMiB: 256 },
  disks: [root],
  nics: [nic],
  pidFile: '/run/vman/1/pid',
  qmpSocket: '/run/vman/1/qmp.sock',
  serial: { socket: '/run/vman/1/serial.sock', logPath: `${HOME}/serial.log` },
};
const uefi = {
  kind: 'uefi',
  codePath: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  varsPath: `${HOME}/vars.fd`,
} as const;
const microvm = { ...plain, machine: { type: 'microvm' } } as const;

const golden: Record<string, QemuSpec> = {
  'q35-plain': plain,
  'q35-version': { ...plain, machine: { type: 'q35', version: '7.2' } },
  'q35-kvm': { ...plain, accelerator: { kind: 'kvm' } },
  'q35-tcg-cache': { ...plain, accelerator: { kind: 'tcg', tbSizeMiB: 64 } },
  'q35-uefi': { ...plain, firmware: uefi },
  'q35-cpu-model': { ...plain, cpuModel: 'EPYC-v3' },
  'q35-hotplug': {
    ...plain,
    vcpus: { count: 2, max: 8 },
    memory: { sizeMiB: 2048, hotplug: { slots: 8, maxMiB: 16384 } },
    sparePorts: 8,
  },
  'q35-guest-agent': { ...plain, guestAgentSocket: '/run/vman/1/ga.sock' },
  'q35-screen': { ...plain, vncSocket: '/run/vman/1/vnc.sock' },
  'q35-watchdog-and-panic': { ...plain, watchdog: 'reset', panicDevice: true },
  'q35-no-balloon': { ...plain, balloon: false },
  'q35-exit-on-reboot': { ...plain, onReboot: 'exit' },
  'q35-seed': { ...plain, seedPath: `${HOME}/seed.iso` },
  'q35-diskless': { ...plain, disks: [], nics: [] },
  'q35-two-disks': { ...plain, disks: [root, data] },
  'q35-disk-without-cache': { ...plain, disks: [{ ...root, cache: 'none' }] },
  'q35-disk-unsafe-no-discard': { ...plain, disks: [{ ...root, cache: 'unsafe', discard: false }] },
  'q35-disk-throttled': {
    ...plain,
    disks: [{ ...root, throttle: { iopsTotal: 1000, bytesPerSecond: 104857600 } }],
  },
  'q35-disk-read-only': { ...plain, disks: [{ ...data, readOnly: true }] },
  'q35-disk-three-layers': {
    ...plain,
    disks: [
      {
        ...root,
        layers: [
          { path: `${HOME}/snapshot.qcow2`, format: 'qcow2' },
          { path: `${HOME}/root.qcow2`, format: 'qcow2' },
          { path: '/var/lib/vman/images/base.raw', format: 'raw' },
        ],
      },
    ],
  },
  'q35-disk-raw': { ...plain, disks: [{ ...root, layers: [{ path: `${HOME}/d.raw`, format: 'raw' }] }] },
  'q35-fixed-ports': { ...plain, disks: [{ ...root, port: 4 }, data], nics: [{ ...nic, port: 0 }] },
  'q35-tap': {
    ...plain,
    nics: [{ ...nic, backend: { kind: 'tap', fd: '3' } }],
  },
  'q35-closed-network': { ...plain, nics: [{ ...nic, backend: { kind: 'user', forwards: [] } }] },
  'q35-commas-and-spaces': {
    ...plain,
    qmpSocket: '/run/a,b c/qmp.sock',
    serial: { socket: '/run/a,b c/serial.sock', logPath: '/var/a,b=c/serial.log' },
    vncSocket: '/run/a,b c/vnc,to=9.sock',
  },
  'q35-uefi-screen-watchdog': {
    ...plain,
    machine: { type: 'q35', version: '7.2' },
    firmware: uefi,
    vncSocket: '/run/vman/1/vnc.sock',
    watchdog: 'poweroff',
  },
  'pc-uefi-screen': {
    ...plain,
    machine: { type: 'pc' },
    firmware: uefi,
    vncSocket: '/run/vman/1/vnc.sock',
  },
  'microvm-watchdog': { ...microvm, watchdog: 'reset' },
  'pc-plain': { ...plain, machine: { type: 'pc' } },
  'pc-version-two-disks': { ...plain, machine: { type: 'pc', version: '7.2' }, disks: [root, data] },
  'microvm-plain': microvm,
  'microvm-kvm': { ...microvm, accelerator: { kind: 'kvm' } },
};

/** One argument a line; an option and its value share one. */
const readable = (args: string[]): string =>
  `${args.reduce((text, arg) => `${text}${arg.startsWith('-') ? '\n' : ' '}${arg}`, '').slice(1)}\n`;

describe('buildQemuArguments', () => {
  it.each(Object.entries(golden))('gives exactly the arguments of %s', (name, spec) => {
    const file = join(GOLDEN, `${name}.txt`);
    const text = readable(buildQemuArguments(spec));
    if (UPDATE) writeFileSync(file, text);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no golden file').toBe(text);
  });

  it('has no golden file without its spec', () => {
    expect(readdirSync(GOLDEN).sort()).toEqual(
      Object.keys(golden)
        .map((name) => `${name}.txt`)
        .sort(),
    );
  });

  it('gives the same options whatever text stands in a path or a CPU model', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const full: QemuSpec = {
      ...plain,
      disks: [root],
      firmware: uefi,
      seedPath: '/s',
      vncSocket: '/v',
      guestAgentSocket: '/g',
    };
    const optionsOf = (args: string[]): string[] => args.filter((_, index) => isOption(args, index));
    const expected = optionsOf(buildQemuArguments(full));
    fc.assert(
      fc.property(text, text, (path, model) => {
        const at = `/x/${path}`;
        const spec: QemuSpec = {
          ...full,
          cpuModel: model,
          disks: [{ ...root, layers: [{ path: at, format: 'qcow2' }, root.layers[1] ?? root.layers[0]] }],
          firmware: { kind: 'uefi', codePath: at, varsPath: at },
          seedPath: at,
          pidFile: at,
          qmpSocket: at,
          serial: { socket: at, logPath: at },
          guestAgentSocket: at,
          vncSocket: at,
        };
        const args = built(spec) ?? built({ ...spec, cpuModel: '' });
        if (args === undefined) return;
        expect(optionsOf(args)).toEqual(expected);
        for (const list of suboptions(args)) expect(list).not.toContain(undefined);
      }),
      { numRuns: 300 },
    );
  });

  it('splits no text of a path into further sub-options', () => {
    const safe = fc.string({ unit: 'grapheme', maxLength: 30 }).map((s) => s.replaceAll(/\p{C}/gu, ''));
    const countOf = (args: string[]): number[] => suboptions(args).map((list) => list.length);
    const expected = countOf(buildQemuArguments({ ...plain, vncSocket: '/x/' }));
    fc.assert(
      fc.property(safe, (path) => {
        const at = `/x/${path},server=off,,`;
        const args = built({
          ...plain,
          qmpSocket: at,
          serial: { socket: at, logPath: at },
          vncSocket: at,
        });
        if (args !== undefined) expect(countOf(args)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

function built(spec: QemuSpec): string[] | undefined {
  try {
    return buildQemuArguments(spec);
  } catch {
    return undefined;
  }
}

const FLAGS = ['-nodefaults', '-no-user-config', '-S'];
function isOption(args: string[], index: number): boolean {
  const [previous = '', arg = ''] = [args[index - 1], args[index]];
  return arg.startsWith('-') && (index === 0 || FLAGS.includes(previous) || !previous.startsWith('-'));
}

/** Comma lists as QEMU splits them: a doubled comma is part of the value. */
function suboptions(args: string[]): string[][] {
  return args
    .filter((_, index) => ['-chardev', '-vnc', '-name'].includes(args[index - 1] ?? ''))
    .map((value) => value.replaceAll(',,', '\0').split(','));
}

describe('a spec that QEMU cannot take', () => {
  const faultsOf = (spec: QemuSpec): string[] => {
    try {
      buildQemuArguments(spec);
    } catch (error) {
      return ((error as { fields?: { field: string }[] }).fields ?? []).map(({ field }) => field);
    }
    return [];
  };

  it('is refused with all of its faults at once', () => {
    const spec: QemuSpec = {
      ...plain,
      vmId: 'x,process=pwn',
      machine: { type: 'q35', version: '7.2,accel=kvm' },
      cpuModel: 'host,+vmx',
      vcpus: { count: 2, max: 1 },
      memory: { sizeMiB: 0.5, hotplug: { slots: 0, maxMiB: 0 } },
      disks: [
        {
          id: 'd',
          layers: [
            { path: 'relative', format: 'raw' },
            { path: '/b\n', format: 'raw' },
          ],
          bootIndex: -1,
        },
      ],
      nics: [
        {
          id: 'n',
          mac: 'nonsense',
          backend: {
            kind: 'user',
            forwards: [{ protocol: 'tcp', hostAddress: 'x', hostPort: 0, guestPort: 70000 }],
          },
        },
        { ...nic, backend: { kind: 'tap', fd: 'a,b' } },
      ],
      sparePorts: -1,
      seedPath: '/lone\ud800',
    };
    expect(faultsOf(spec)).toEqual([
      ...['vmId', 'machine.version', 'cpuModel', 'vcpus.max', 'memory.sizeMiB', 'memory.hotplug.slots'],
      ...['memory.hotplug.maxMiB', 'sparePorts', 'seedPath', 'disks[0].id', 'disks[0].layers[0].path'],
      ...['disks[0].layers[0].format', 'disks[0].layers[1].path', 'disks[0].bootIndex', 'nics[0].id'],
      ...['nics[0].mac', 'nics[0].backend.forwards[0].hostAddress'],
      ...['nics[0].backend.forwards[0].hostPort', 'nics[0].backend.forwards[0].guestPort'],
      'nics[1].backend.fd',
    ]);
  });

  it('is refused when a disk has no file at all', () => {
    const bare = { ...root, layers: [] as unknown as DiskSpec['layers'] };
    expect(faultsOf({ ...plain, disks: [bare] })).toEqual(['disks[0].layers']);
  });

  it('is told how long a socket path may be', () => {
    const qmpSocket = `/${'é'.repeat(60)}`;
    expect(() => buildQemuArguments({ ...plain, qmpSocket })).toThrow(
      /qmpSocket is 121 bytes long; a unix socket path may have 107/,
    );
  });

  it('is refused where a machine type lacks what is asked for', () => {
    const wish: QemuSpec = {
      ...microvm,
      machine: { type: 'microvm', version: '7.2' },
      firmware: uefi,
      vcpus: { count: 1, max: 2 },
      memory: { sizeMiB: 128, hotplug: { slots: 1, maxMiB: 256 } },
      vncSocket: '/v',
      sparePorts: 1,
    };
    expect(faultsOf(wish)).toEqual([
      'firmware',
      'machine.version',
      'memory.hotplug',
      'vncSocket',
      'vcpus.max',
      'sparePorts',
    ]);
  });

  it('is refused when two devices want one port or the machine has too few', () => {
    const twice = { ...plain, disks: [{ ...root, port: 1 }], nics: [{ ...nic, port: 1 }] };
    expect(() => buildQemuArguments(twice)).toThrow(/port 1 is given twice/);
    const far = { ...plain, disks: [{ ...root, port: 200 }] };
    expect(() => buildQemuArguments(far)).toThrow(/120 PCI ports/);
    const farOnPc: QemuSpec = { ...far, machine: { type: 'pc' } };
    expect(() => buildQemuArguments(farOnPc)).toThrow(/15 PCI ports/);
  });
});
