import { converge, converged, driftOfVm, known, type VmRule } from './rule.js';

/** The process holds other port forwards than are wanted, though the last change is done. */
export const portForwardMismatch: VmRule = (vm) => {
  const site = known(vm);
  if (!site || !converged(site) || site.desired.presence !== 'present') return undefined;
  const { desired, observed } = site;
  const held = observed.forwardIds;
  if (observed.state !== 'running' || held === undefined) return undefined;
  const lacking = desired.forwardIds.filter((id) => !held.includes(id));
  const extra = held.filter((id) => !desired.forwardIds.includes(id));
  if (lacking.length + extra.length === 0) return undefined;
  return driftOfVm(vm.site, {
    rule: 'port-forward-mismatch',
    expected: `${desired.forwardIds.length} port forwards`,
    seen: `${lacking.length} are missing, ${extra.length} are not wanted`,
    since: observed.sinceMs,
    decision: converge('its host is to set them anew'),
  });
};
