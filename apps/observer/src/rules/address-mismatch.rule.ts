import { carriedOut, driftOfVm, known, type VmRule } from './rule.js';

const macOf = (entry: string) => entry.slice(0, entry.indexOf(' '));

/**
 * The guest uses none of the addresses that are reserved for one of its NICs. Only a guest whose agent tells its
 * addresses can be judged, and only a NIC that has one already.
 */
export const addressMismatch: VmRule = (vm) => {
  const site = known(vm);
  if (site?.observed.state !== 'running' || !carriedOut(site)) return undefined;
  const { desired, observed } = site;
  const told = observed.addresses.filter((it) => !it.includes(' fe80:'));
  const wrong = [...new Set(desired.addresses.map(macOf))].filter((mac) => {
    const own = told.filter((it) => macOf(it) === mac);
    return own.length > 0 && !own.some((it) => desired.addresses.includes(it));
  });
  if (wrong.length === 0) return undefined;
  const of = (entries: readonly string[]) => entries.filter((it) => wrong.includes(macOf(it))).join(', ');
  return driftOfVm(vm.site, {
    rule: 'address-mismatch',
    expected: of(desired.addresses),
    seen: of(told),
    since: observed.sinceMs,
    decision: { kind: 'leave', why: 'the guest chose it: correct its network settings, or its reservation' },
  });
};
