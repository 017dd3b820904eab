import type { DriftRule } from '#libs/contracts';
import type { Drift, DriftDecision } from '#libs/domain';
import type { HostFacts, KnownSite, Site, VmFacts } from '../view/facts.js';

/** Looks at one VM on one host that was heard in time. Pure. */
export type VmRule = (vm: VmFacts, nowMs: number) => Drift | undefined;

/** Looks at one host. `silentMs` is how long it was not heard; `siteOf` finds its VMs. Pure. */
export type HostRule = (
  host: HostFacts,
  facts: { nowMs: number; silentMs: number; siteOf: (vmId: string) => Site | undefined },
) => Drift[];

/** Both halves, or nothing: what is not known is no evidence. */
export function known({ site }: VmFacts): KnownSite | undefined {
  const { hostId, vmId, desired, observed } = site;
  if (!desired || !observed || observed.state === 'unknown') return undefined;
  return { hostId, vmId, desired, observed };
}

/** The host says of the newest generation that it is reached, and that nothing failed. */
export function converged({ desired, observed }: KnownSite): boolean {
  return carriedOut({ desired, observed }) && observed.failureCode === '';
}

/** The host came to an end with the newest generation: no change is on its way. */
export function carriedOut({ desired, observed }: Pick<KnownSite, 'desired' | 'observed'>): boolean {
  return (
    observed.acceptedGeneration === desired.generation && observed.observedGeneration === desired.generation
  );
}

export interface Found {
  rule: DriftRule;
  expected: string;
  seen: string;
  since: number;
  decision: DriftDecision;
  subject?: string;
  exitSeq?: number;
}

export function driftOfVm(site: Site, found: Found): Drift {
  const generation = site.desired?.generation ?? site.observed?.acceptedGeneration ?? 0;
  const { hostId, vmId } = site;
  return { hostId, vmId, generation, subject: '', exitSeq: 0, ...found };
}

export function driftOfHost({ hostId }: HostFacts, found: Found): Drift {
  return { hostId, vmId: '', generation: 0, subject: '', exitSeq: 0, ...found };
}

/** A repair that lets the host look again and plan anew; it never does what the desired state does not say. */
export const converge = (why: string, sightings: 1 | 2 = 1): DriftDecision => ({
  kind: 'repair',
  action: 'converge',
  why,
  sightings,
  inGrace: 'rests',
});
