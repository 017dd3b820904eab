/** What everybody on the bus may rely on of a host, whether there is QEMU behind it or only numbers. */
import { expect, it } from '@jest/globals';
import { later, type TestHost } from '../operator/test-host.js';

export interface HostUnderTest {
  host: TestHost;
  kill(vmId: string): Promise<void>;
}

export function itKeepsTheContractOfAHost(tested: () => HostUnderTest): void {
  it('runs what is desired, and says so with its generation', async () => {
    const { host } = tested();
    const vm = host.vm();
    await host.send(vm);
    const row = await host.settled(vm, 'running');
    expect(row).toMatchObject({ acceptedGeneration: 1, startGeneration: 1, restarts: 0 });
    expect(row.pid).toBeGreaterThan(0);
    const off = later(vm, { power: 'stopped' });
    await host.send(off);
    expect(await host.settled(off, 'stopped')).toMatchObject({ pid: 0 });
    await host.remove(off);
  });

  it('drops an old generation, and tells the same one again', async () => {
    const { host } = tested();
    const vm = host.vm();
    const paused = later(vm, { power: 'paused' });
    await host.send(paused);
    await host.settled(paused, 'paused');
    await host.send(vm);
    const events = host.events.length;
    await host.send(paused);
    await host.rowWhere(vm.vmId, 'it is told again', () => host.events.length > events);
    expect(host.row(vm.vmId)).toMatchObject({ acceptedGeneration: 2, state: 'paused' });
    await host.remove(paused);
  });

  it('tells of a kill, starts nothing by itself, and obeys the repair of that exit once', async () => {
    const { host, kill } = tested();
    const vm = host.vm();
    await host.send(vm);
    await host.settled(vm, 'running');
    await kill(vm.vmId);
    const ended = await host.rowWhere(vm.vmId, 'its end is told', (row) => row.lastExit !== undefined);
    expect(ended).toMatchObject({ pid: 0, lastExit: { exitSeq: 1, reason: 'killed', startGeneration: 1 } });
    await host.repair(vm, 2);
    await host.repair(vm, 1);
    const again = await host.rowWhere(
      vm.vmId,
      'it runs again',
      (row) => row.pid > 0 && row.state === 'running',
    );
    expect(again).toMatchObject({ repairedExitSeq: 1, restarts: 1, startGeneration: 1 });
    await host.repair(vm, 1);
    await host.nextBeat();
    expect(host.row(vm.vmId)).toMatchObject({ pid: again.pid, restarts: 1 });
    await host.remove(vm);
  });

  it('starts an ended guest for no label, only for a higher start generation', async () => {
    const { host, kill } = tested();
    const vm = host.vm();
    await host.send(vm);
    await host.settled(vm, 'running');
    await kill(vm.vmId);
    await host.rowWhere(vm.vmId, 'its end is told', (row) => row.lastExit !== undefined);
    const renamed = later(vm, { name: 'another' });
    await host.send(renamed);
    const seen = await host.rowWhere(vm.vmId, 'it was seen', (row) => row.acceptedGeneration === 2);
    expect(seen.pid).toBe(0);
    const started = later(renamed, { startGeneration: 3 });
    await host.send(started);
    expect(await host.settled(started, 'running')).toMatchObject({ startGeneration: 3 });
    await host.remove(started);
  });

  it('confirms what it deleted, and never makes it again', async () => {
    const { host } = tested();
    const vm = host.vm();
    await host.send(vm);
    await host.settled(vm, 'running');
    const gone = later(vm, { presence: 'deleted', power: 'stopped' });
    await host.send(gone);
    await host.settled(gone, 'absent');
    const events = host.events.length;
    await host.send(vm);
    await host.rowWhere(vm.vmId, 'it is told to be gone', () => host.events.length > events);
    expect(host.row(vm.vmId)).toMatchObject({ state: 'absent', acceptedGeneration: 2 });
  });

  it('shows all of its VMs in each heartbeat', async () => {
    const { host } = tested();
    const vms = [host.vm({ power: 'paused' }), host.vm({ power: 'paused' })];
    for (const vm of vms) await host.send(vm);
    for (const vm of vms) await host.settled(vm, 'paused');
    const beat = await host.nextBeat();
    expect(beat).toMatchObject({ hostId: host.hostId, complete: true });
    expect(beat.vms.map((it) => it.vmId)).toEqual(expect.arrayContaining(vms.map((it) => it.vmId)));
    for (const vm of vms) await host.remove(vm);
  });
}
