import { TIMERS } from '#libs/domain';
import { driftOfHost, type HostRule } from './rule.js';

/** A host is heard again after a silence: until its whole inventory was compared, its absences prove nothing. */
export const hostReturned: HostRule = (host, { nowMs, silentMs }) => {
  if (host.returnedAtMs === 0 || silentMs > TIMERS.hostUnknown) return [];
  if (host.complete && nowMs - host.returnedAtMs > TIMERS.observerGrace) return [];
  return [
    driftOfHost(host, {
      rule: 'host-returned',
      subject: `at-${host.returnedAtMs}`,
      expected: 'its whole inventory is compared',
      seen: host.complete ? 'heard again a moment ago' : 'heard again, still looking at its VMs',
      since: host.returnedAtMs,
      decision: { kind: 'leave', why: 'its VMs are looked at one by one; what is superseded stops' },
    }),
  ];
};
