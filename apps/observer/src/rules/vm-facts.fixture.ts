import type { DesiredVm, LastExit, VmReport } from '#libs/contracts';
import { desiredVm, vmReport } from '#libs/testing';
import { compactDesired, compactReport } from '../view/compact.js';
import type { DesiredFacts, HostFacts, ObservedFacts, Site, VmFacts } from '../view/facts.js';

export const NOW = 1_000_000;
export const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
export const HOST = '0198b1f0-7a11-7c3e-9d55-000000000001';
export const OTHER_HOST = '0198b1f0-7a11-7c3e-9d55-000000000002';

export const exitOf = (change: Partial<LastExit> = {}): LastExit => ({
  exitSeq: 4,
  reason: 'killed',
  atMs: NOW - 1_000,
  startGeneration: 2,
  status: 'signal SIGKILL',
  ...change,
});

export const hostFacts = (change: Partial<HostFacts> = {}): HostFacts => ({
  hostId: HOST,
  name: 'host-1',
  draining: false,
  agentVersion: '0.1.0',
  complete: true,
  beats: 10,
  heardAtMs: NOW,
  heardAtMonotonicMs: 0,
  returnedAtMs: 0,
  skewMs: 0,
  skewedBeats: 0,
  orphans: [],
  strayDisks: [],
  ...change,
});

/** A VM that runs as it was last asked for, in generation 5, since long. */
export function siteOf(want: Partial<DesiredVm> = {}, seen: Partial<VmReport> = {}, hostId = HOST): Site {
  const vm = desiredVm({ vmId: VM, hostId, generation: 5, startGeneration: 2, ...want });
  const row = vmReport({ vmId: VM, acceptedGeneration: 5, observedGeneration: 5, ...seen });
  return {
    hostId,
    vmId: VM,
    desired: compactDesired(vm, undefined, 0),
    observed: compactReport(row, undefined, 0),
    beat: 10,
  };
}

export interface Scene {
  want?: Partial<DesiredVm>;
  seen?: Partial<VmReport>;
  desired?: Partial<DesiredFacts> | null;
  observed?: Partial<ObservedFacts> | null;
  host?: Partial<HostFacts>;
  elsewhere?: Site[];
  beat?: number;
}

export function factsOf({ want, seen, desired, observed, host, elsewhere = [], beat }: Scene = {}): VmFacts {
  const site = siteOf(want, seen);
  if (beat !== undefined) site.beat = beat;
  site.desired = desired === null ? undefined : site.desired && { ...site.desired, ...desired };
  site.observed = observed === null ? undefined : site.observed && { ...site.observed, ...observed };
  return { site, host: hostFacts(host), elsewhere };
}
