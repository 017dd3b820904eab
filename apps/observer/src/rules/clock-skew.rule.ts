import { CLOCK_SKEW_MS } from '../view/fleet-view.js';
import { driftOfHost, type HostRule } from './rule.js';

/** One heartbeat that was long on its way says nothing about a clock. */
const BEATS = 3;

/** The wall clock of a host is far from the observer's: deadlines and times in records are wrong there. */
export const clockSkew: HostRule = (host, { nowMs }) =>
  host.skewedBeats < BEATS
    ? []
    : [
        driftOfHost(host, {
          rule: 'clock-skew',
          expected: `within ${CLOCK_SKEW_MS / 1000} s of this observer`,
          seen: `${(host.skewMs / 1000).toFixed(1)} s`,
          since: nowMs,
          decision: {
            kind: 'leave',
            why: 'set the clocks: leases and limits do not depend on them, deadlines do',
          },
        }),
      ];
