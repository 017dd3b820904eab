import { TIMERS } from '#libs/domain';
import { driftOfHost, type HostRule } from './rule.js';

/** A host is not heard. Its VMs are unknown, not stopped: nothing is done about them on its silence alone. */
export const hostLost: HostRule = (host, { silentMs }) =>
  silentMs <= TIMERS.hostUnknown
    ? []
    : [
        driftOfHost(host, {
          rule: 'host-lost',
          expected: `a heartbeat every ${TIMERS.heartbeat / 1000} s`,
          seen: `none since ${new Date(host.heardAtMs).toISOString()}`,
          since: host.heardAtMs,
          decision: {
            kind: 'leave',
            why: 'its VMs may well run; those with failover are started elsewhere once their leases are over',
          },
        }),
      ];
