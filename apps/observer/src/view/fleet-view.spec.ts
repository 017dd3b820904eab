import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DesiredVm, Heartbeat, VmReport } from '#libs/contracts';
import { FleetView } from './fleet-view.js';

const row = (state: VmReport['state'], startCount: number, sequence: number): VmReport =>
  ({ vmId: 'v', state, rev: { startCount, sequence } }) as VmReport;
const desired = (presence: DesiredVm['presence']) => ({ hostId: 'h', vmId: 'v', presence }) as DesiredVm;

describe('the view of the fleet', () => {
  let view: FleetView;
  beforeEach(() => {
    view = new FleetView();
  });

  it('ignores an observation that is older than the one held, also after a restart of the operator', () => {
    expect(view.applyReport('h', row('running', 1, 9))).toBe(true);
    expect(view.applyReport('h', row('stopped', 1, 8))).toBe(false);
    expect(view.applyReport('h', row('stopped', 1, 9))).toBe(false);
    expect(view.applyReport('h', row('crashed', 2, 1))).toBe(true);
    expect(view.applyReport('h', row('running', 1, 10))).toBe(false);
    expect(view.observedOf('h', 'v')?.state).toBe('crashed');
  });

  it('names the VMs of a heartbeat that are news', () => {
    const beat = { hostId: 'h', hostName: 'n', draining: false, vms: [row('running', 1, 1)] } as Heartbeat;
    expect(view.applyHeartbeat(beat, 5)).toEqual(['v']);
    expect(view.applyHeartbeat(beat, 6)).toEqual([]);
    expect([...view.seenHosts()]).toEqual([['h', { name: 'n', seenAtMonotonicMs: 6, draining: false }]]);
  });

  it('does not take a VM that is missing from a heartbeat for gone', () => {
    view.applyReport('h', row('running', 1, 1));
    view.applyHeartbeat(
      { hostId: 'h', hostName: 'n', draining: false, vms: [] as VmReport[] } as Heartbeat,
      5,
    );
    expect(view.observedOf('h', 'v')?.state).toBe('running');
  });

  it('forgets a deleted VM once its host says that nothing is left', () => {
    view.applyDesired(desired('deleted'));
    view.applyReport('h', row('deleting', 1, 1));
    view.applyReport('h', row('absent', 1, 2));
    expect(view.size).toEqual({ desired: 0, observed: 0, hosts: 0 });
  });

  it('keeps what is desired when a host says that it has nothing of it', () => {
    view.applyDesired(desired('present'));
    view.applyReport('h', row('absent', 1, 1));
    expect(view.desiredOf('h', 'v')).toBeDefined();
    expect(view.observedOf('h', 'v')?.state).toBe('absent');
    expect(view.applyReport('h', row('running', 1, 0))).toBe(false);
  });

  it('keeps what was observed when the desired state is read anew', () => {
    view.applyDesired(desired('present'));
    view.applyReport('h', row('running', 1, 1));
    view.forgetDesired();
    expect(view.size).toEqual({ desired: 0, observed: 1, hosts: 0 });
  });
});
