import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DesiredVm, VmReport } from '#libs/contracts';
import { desiredVm, heartbeat, vmReport } from '#libs/testing';
import { FleetView } from './fleet-view.js';

const row = (state: VmReport['state'], startCount: number, sequence: number): VmReport =>
  vmReport({ vmId: 'v', state, rev: { startCount, sequence } });
const desired = (presence: DesiredVm['presence']) => desiredVm({ hostId: 'h', vmId: 'v', presence });

const AT = { nowMs: 5, monotonicMs: 5 };
const LATER = { nowMs: 6, monotonicMs: 6 };
const beatOf = (vms: VmReport[]) => heartbeat({ hostId: 'h', hostName: 'n', vms });

describe('the view of the fleet', () => {
  let view: FleetView;
  beforeEach(() => {
    view = new FleetView();
  });

  it('ignores an observation that is older than the one held, also after a restart of the operator', () => {
    expect(view.applyReport('h', row('running', 1, 9), 5)).toBe(true);
    expect(view.applyReport('h', row('stopped', 1, 8), 5)).toBe(false);
    expect(view.applyReport('h', row('stopped', 1, 9), 5)).toBe(false);
    expect(view.applyReport('h', row('crashed', 2, 1), 5)).toBe(true);
    expect(view.applyReport('h', row('running', 1, 10), 5)).toBe(false);
    expect(view.siteOf('h', 'v')?.observed?.state).toBe('crashed');
  });

  it('names the VMs of a heartbeat that are news', () => {
    const beat = beatOf([row('running', 1, 1)]);
    expect(view.applyHeartbeat(beat, AT)).toEqual(['v']);
    expect(view.applyHeartbeat(beat, LATER)).toEqual([]);
    expect([...view.allHosts()]).toMatchObject([{ hostId: 'h', name: 'n', heardAtMonotonicMs: 6, beats: 2 }]);
  });

  it('does not take a VM that is missing from a heartbeat for gone', () => {
    view.applyReport('h', row('running', 1, 1), 5);
    view.applyHeartbeat(beatOf([]), AT);
    expect(view.siteOf('h', 'v')?.observed?.state).toBe('running');
  });

  it('forgets a deleted VM once its host says that nothing is left', () => {
    view.applyDesired(desired('deleted'), 5);
    view.applyReport('h', row('deleting', 1, 1), 5);
    view.applyReport('h', row('absent', 1, 2), 5);
    expect(view.size).toEqual({ desired: 0, observed: 0, hosts: 0 });
  });

  it('keeps what is desired when a host says that it has nothing of it', () => {
    view.applyDesired(desired('present'), 5);
    view.applyReport('h', row('absent', 1, 1), 5);
    expect(view.siteOf('h', 'v')?.desired).toBeDefined();
    expect(view.siteOf('h', 'v')?.observed?.state).toBe('absent');
    expect(view.applyReport('h', row('running', 1, 0), 5)).toBe(false);
  });

  it('keeps what was observed when the desired state is read anew', () => {
    view.applyDesired(desired('present'), 5);
    view.applyReport('h', row('running', 1, 1), 5);
    view.forgetDesired();
    expect(view.size).toEqual({ desired: 0, observed: 1, hosts: 0 });
  });

  it('knows when a generation was first seen, also when it is read again', () => {
    view.applyDesired(desired('present'), 5);
    view.applyDesired(desired('present'), 9);
    expect(view.siteOf('h', 'v')?.desired?.sinceMs).toBe(5);
    view.applyDesired({ ...desired('present'), generation: 2 }, 9);
    expect(view.siteOf('h', 'v')?.desired?.sinceMs).toBe(9);
  });

  it('notes that a host was silent before it was heard again', () => {
    view.applyHeartbeat(beatOf([]), AT);
    expect(view.hostOf('h')?.returnedAtMs).toBe(0);
    view.applyHeartbeat(beatOf([]), { nowMs: 60_000, monotonicMs: 60_000 });
    expect(view.hostOf('h')?.returnedAtMs).toBe(60_000);
  });

  it('finds one VM on every host that knows it', () => {
    view.applyReport('h', row('running', 1, 1), 5);
    view.applyReport('g', row('running', 1, 1), 5);
    expect(view.sitesOf('v').map((it) => it.hostId)).toEqual(['h', 'g']);
  });

  it('keeps a hundred thousand VMs in less than 300 MiB', () => {
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < 100_000; at += 1) {
      const ids = {
        hostId: `host-${at % 1000}`,
        vmId: `0198b1f0-7a11-7c3e-9d55-${String(at).padStart(12, '0')}`,
      };
      view.applyDesired(desiredVm(ids), 5);
      view.applyReport(ids.hostId, vmReport({ vmId: ids.vmId }), 5);
    }
    global.gc?.();
    expect(view.size).toMatchObject({ desired: 100_000, observed: 100_000 });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300 * 1024 ** 2);
  });
});
