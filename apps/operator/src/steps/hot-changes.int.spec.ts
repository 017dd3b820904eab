import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { DesiredVm, Disk } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, freePort } from '#libs/testing';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';
import { readJson } from '../storage/json-file.js';
import type { ProcessRecord } from '../storage/vm-records.js';

const leftovers = expectNoLeftovers('hot');
let host: TestHost;
let started: StartedOperator;

const boot = async () => {
  const config = loadConfig('operator', { argv: [], env: host.env });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
};

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  await boot();
});

afterAll(async () => {
  await started?.app.close();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

const disk = (fields: Partial<Disk> = {}): Disk => ({
  diskId: uuidv7(),
  bootOrder: 0,
  sizeBytes: 1 << 20,
  readOnly: false,
  ...fields,
});

const machine = {
  vcpus: 1,
  memoryMib: 64,
  maxMemoryMib: 512,
  type: 'q35',
  firmware: 'bios',
  cpuModel: '',
} as const;
const fileOf = ({ diskId }: Disk) => join(leftovers.folder, 's/disks', `${diskId}.qcow2`);
const recordOf = (vm: DesiredVm) =>
  readJson<ProcessRecord>(join(leftovers.folder, 's/vms', vm.vmId, 'process.json'), () => {});

describe('a machine that runs', () => {
  it('takes disks, NICs with forwarded ports, CPUs and memory, and keeps them over a restart of the operator', async () => {
    let vm = host.vm({ machine, disks: [disk()] });
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');

    const data = disk();
    const nicId = uuidv7();
    const forward = {
      forwardId: uuidv7(),
      protocol: 'tcp' as const,
      hostAddress: '127.0.0.1',
      hostPort: await freePort(),
      guestPort: 80,
    };
    vm = later(vm, {
      disks: [...vm.disks, data],
      nics: [{ nicId, mac: '52:54:00:00:00:01', kind: 'user', forwards: [forward] }],
      machine: { ...machine, vcpus: 3, memoryMib: 64 + 256, balloonMib: 300 },
    });
    await host.send(vm);
    const plugged = await host.settled(vm, 'running');
    expect(plugged).toMatchObject({ pid, failure: undefined, restartRequired: [] });
    expect(plugged.plugged).toEqual({
      vcpus: 3,
      memoryMib: 320,
      diskIds: vm.disks.map((it) => it.diskId),
      nicIds: [nicId],
    });

    vm = later(vm, { disks: [vm.disks[0]!, { ...data, sizeBytes: 4 << 20 }] });
    await host.send(vm);
    expect((await host.settled(vm, 'running')).failure).toBeUndefined();

    await started.app.close();
    await boot();
    const adopted = await host.rowWhere(
      vm.vmId,
      'it is adopted',
      (row) => row.rev.startCount > plugged.rev.startCount && row.pid > 0,
    );
    expect(adopted).toMatchObject({ pid, restartRequired: [], plugged: plugged.plugged });
    const steps = host.events
      .filter((it) => it.report.rev.startCount > plugged.rev.startCount)
      .flatMap((it) => it.steps);
    expect(steps).toEqual([]);
    expect((await recordOf(vm))?.shape.balloonTakenMib).toBe(20);
    expect(readFileSync(fileOf(data)).readBigUInt64BE(24)).toBe(4n << 20n);
    await host.remove(vm);
  });

  it('keeps what its guest does not let go of, with guest_refused, and waits no longer than it was told', async () => {
    const data = disk();
    let vm = host.vm({ machine, disks: [disk(), data], unplugTimeoutMs: 300 });
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    vm = later(vm, { disks: [vm.disks[0]!, { ...data, presence: 'removed' }] });
    await host.send(vm);
    const refused = await host.settled(vm, 'running');
    expect(refused).toMatchObject({ pid, failure: { code: 'guest_refused' } });
    expect(refused.plugged?.diskIds).toContain(data.diskId);
    expect(readFileSync(fileOf(data)).length).toBeGreaterThan(0);

    vm = later(vm, { disks: [vm.disks[0]!, data] });
    await host.send(vm);
    expect((await host.settled(vm, 'running')).failure).toBeUndefined();
    await host.remove(vm);
  });

  it('ends its asking when a newer change takes the detaching back', async () => {
    const data = disk();
    let vm = host.vm({ machine, disks: [disk(), data], unplugTimeoutMs: 60_000 });
    await host.send(vm);
    await host.settled(vm, 'running');
    const detaching = later(vm, { disks: [vm.disks[0]!, { ...data, presence: 'detached' }] });
    await host.send(detaching);
    await host.rowWhere(vm.vmId, 'it is at it', (row) => row.acceptedGeneration === detaching.generation);
    vm = later(detaching, { disks: vm.disks });
    await host.send(vm);
    const back = await host.settled(vm, 'running');
    expect(back).toMatchObject({ failure: undefined });
    expect(back.plugged?.diskIds).toContain(data.diskId);
    await host.remove(vm);
  });

  it('shows what waits for the next start, and has it then', async () => {
    let vm = host.vm({ machine: { ...machine, vcpus: 2 }, disks: [disk()] });
    await host.send(vm);
    await host.settled(vm, 'running');
    vm = later(vm, { machine: { ...machine, vcpus: 1, memoryMib: 100 } });
    await host.send(vm);
    expect((await host.settled(vm, 'running')).restartRequired).toEqual(['vcpus', 'memoryMiB']);
    vm = later(vm, { startGeneration: vm.generation + 1 });
    await host.send(vm);
    expect(await host.settled(vm, 'running')).toMatchObject({
      restartRequired: [],
      plugged: { vcpus: 1, memoryMib: 100 },
    });
    await host.remove(vm);
  });

  it('removes a disk that is outside of the machine once it is told to', async () => {
    const data = disk({ presence: 'detached' });
    let vm = host.vm({ machine, disks: [disk(), data] });
    await host.send(vm);
    const row = await host.settled(vm, 'running');
    expect(row.plugged?.diskIds).not.toContain(data.diskId);
    expect(readFileSync(fileOf(data)).length).toBeGreaterThan(0);
    vm = later(vm, { disks: [vm.disks[0]!, { ...data, presence: 'removed' }] });
    await host.send(vm);
    expect((await host.settled(vm, 'running')).failure).toBeUndefined();
    expect(() => readFileSync(fileOf(data))).toThrow('ENOENT');
    await host.remove(vm);
  });
});
