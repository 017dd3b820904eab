import { TIMERS } from '#libs/domain';
import { driftOfVm, type VmRule } from './rule.js';

/**
 * The newest generation did not reach its host: it accepted an older one, or lists no such VM in a whole inventory.
 * The desired state is published once more; a host that has it does nothing.
 */
export const generationLag: VmRule = ({ site, host }, nowMs) => {
  const { desired, observed } = site;
  if (!desired) return undefined;
  const listed = observed !== undefined && site.beat >= host.beats - 1;
  if (!listed && !host.complete) return undefined;
  const accepted = listed ? observed.acceptedGeneration : 0;
  if (accepted >= desired.generation) return undefined;
  if (observed?.state === 'absent' && desired.presence !== 'present') return undefined;
  const untilMs = desired.sinceMs + TIMERS.republish;
  if (untilMs > nowMs) return undefined;
  return driftOfVm(site, {
    rule: 'generation-lag',
    expected: `generation ${desired.generation} accepted`,
    seen: listed ? `generation ${accepted} accepted` : 'not listed by its host',
    since: desired.sinceMs,
    decision: {
      kind: 'repair',
      action: 'tell-again',
      why: 'its host was not reached by the newest change',
      sightings: 2,
      inGrace: 'rests',
    },
  });
};
