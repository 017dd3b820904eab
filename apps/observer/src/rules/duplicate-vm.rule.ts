import type { Site } from '../view/facts.js';
import { driftOfVm, type VmRule } from './rule.js';

const RUNS = ['running', 'paused', 'starting'];

/**
 * One VM runs on two hosts. The one with the older generation stops: the newer one is where it is wanted. Both hosts
 * have to say so themselves, twice; a host that is silent is no witness.
 */
export const duplicateVm: VmRule = ({ site, elsewhere }) => {
  if (!runs(site)) return undefined;
  const accepted = site.observed?.acceptedGeneration ?? 0;
  const others = elsewhere.filter(runs);
  const newest = others.reduce<Site | undefined>(
    (best, it) => (generationOf(it) > (best ? generationOf(best) : accepted) ? it : best),
    undefined,
  );
  if (!newest) {
    const twin = others.find((it) => generationOf(it) === accepted);
    if (!twin || site.desired?.presence === 'present') return undefined;
    return driftOfVm(site, {
      ...about(site, twin),
      decision: { kind: 'leave', why: 'both hold the same generation: nobody can say which is the copy' },
    });
  }
  const wanted = newest.desired?.presence === 'present';
  return driftOfVm(site, {
    ...about(site, newest),
    decision: wanted
      ? {
          kind: 'repair',
          action: 'stop-copy',
          why: `host ${newest.hostId} runs generation ${generationOf(newest)}`,
          sightings: 2,
          inGrace: 'rests',
        }
      : { kind: 'leave', why: 'it is not known where it is wanted' },
  });
};

const runs = ({ observed }: Site): boolean =>
  observed !== undefined && observed.pid > 0 && RUNS.includes(observed.state);

const generationOf = (site: Site): number => site.observed?.acceptedGeneration ?? 0;

const about = (site: Site, other: Site) =>
  ({
    rule: 'duplicate-vm',
    subject: `generation-${generationOf(other)}`,
    expected: `runs on host ${other.hostId} alone (generation ${generationOf(other)})`,
    seen: `runs here too (generation ${generationOf(site)}, process ${site.observed?.pid})`,
    since: site.observed?.sinceMs ?? 0,
  }) as const;
