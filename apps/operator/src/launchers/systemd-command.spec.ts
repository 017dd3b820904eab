import { describe, expect, it } from '@jest/globals';
import type { LaunchOrder } from './launcher.js';
import { vmLimits } from './limits.js';
import { scopeOf, systemdCommand } from './systemd-command.js';

const order: LaunchOrder = {
  vmId: '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a',
  launchId: '0198b1f0-7a11-7c3e-9d55-0123456789ab',
  binary: '/usr/bin/qemu-system-x86_64',
  args: ['-uuid', '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a', '-device', '{"driver":"$(id)"}'],
  logPath: '/s/vms/1/qemu.log',
  cwd: '/s/vms/1',
  limits: vmLimits({ accelerator: { kind: 'kvm' }, vcpus: { count: 2 }, memory: { sizeMiB: 1024 } }),
  fds: [],
};

const SCOPE = [
  '--scope',
  '--quiet',
  '--collect',
  '--slice=vman.slice',
  '--unit=vman-0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a-0123456789ab.scope',
  '--description=VMAN guest 0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a',
  '--property=CPUWeight=200',
  '--property=MemoryMax=1677721600',
  '--property=KillMode=mixed',
  '--property=TimeoutStopSec=30s',
  '--',
];
const QEMU = [order.binary, ...order.args];

describe('the command that starts QEMU in a scope of systemd', () => {
  it('limits CPU and memory, and hands QEMU its arguments as they are', () => {
    expect(systemdCommand(order, undefined)).toEqual([...SCOPE, ...QEMU]);
  });

  it('gives QEMU to its user, with no group but one', () => {
    const user = { name: 'vman-qemu', uid: 990, gid: 108 };
    const drop = ['setpriv', '--reuid=990', '--regid=108', '--clear-groups', '--inh-caps=-all', '--'];
    expect(systemdCommand(order, user)).toEqual([...SCOPE, ...drop, ...QEMU]);
  });

  it('never names the unit of an earlier launch', () => {
    const again = { ...order, launchId: '0198b1f0-7a11-7c3e-9d55-0123456789ac' };
    expect(scopeOf(again)).not.toBe(scopeOf(order));
  });
});

describe('the limits of a VM', () => {
  const mib = (spec: Parameters<typeof vmLimits>[0]) => vmLimits(spec).memoryBytes / (1 << 20);
  const small = { vcpus: { count: 1 }, memory: { sizeMiB: 1024 } };

  it('leave room for QEMU, for translated code, and for memory that is plugged later', () => {
    expect(mib({ ...small, accelerator: { kind: 'kvm' } })).toBe(1024 + 64 + 512);
    expect(mib({ ...small, accelerator: { kind: 'tcg' } })).toBe(1024 + 64 + 512 + 1024);
    const memory = { sizeMiB: 1024, hotplug: { slots: 4, maxMiB: 4096 } };
    expect(mib({ ...small, memory, accelerator: { kind: 'kvm' } })).toBe(4096 + 256 + 512);
  });

  it('keep the weight within what the kernel takes', () => {
    expect(vmLimits({ ...small, vcpus: { count: 255 }, accelerator: { kind: 'kvm' } }).cpuWeight).toBe(
      10_000,
    );
  });
});
