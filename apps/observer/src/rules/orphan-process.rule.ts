import { driftOfHost, type HostRule } from './rule.js';

/** QEMU processes that belong to no VM of their host. Nobody knows what they do: they are shown and left alone. */
export const orphanProcess: HostRule = (host, { nowMs, siteOf }) =>
  host.orphans
    .filter(({ vmId }) => !isToBeOff(siteOf(vmId)))
    .map(({ pid, vmId, reason }) =>
      driftOfHost(host, {
        rule: 'orphan-process',
        subject: `pid-${pid}`,
        expected: 'every QEMU process belongs to a VM of its host',
        seen: `process ${pid} names VM ${vmId}, ${reason === 'copy' ? 'which has another process' : 'which is not here'}`,
        since: nowMs,
        decision: { kind: 'leave', why: 'nobody knows what it does; end it by hand when it is not wanted' },
      }),
    );

/** That one is a matter of the rule should-not-run. */
function isToBeOff(site: ReturnType<Parameters<HostRule>[1]['siteOf']>): boolean {
  const { desired, observed } = site ?? {};
  return desired !== undefined && desired.power === 'stopped' && observed?.pid === 0;
}
