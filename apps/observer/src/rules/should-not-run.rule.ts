import { converge, driftOfVm, known, type VmRule } from './rule.js';

const RUNS = ['running', 'paused'];

/**
 * A VM that is to be off has a process: one that its host counts as the VM's own although the change is done, or one
 * that somebody started with the VM's identity behind its host's back. The host ends what it finds to be its own;
 * ending destroys the guest's memory, so it is seen twice first.
 */
export const shouldNotRun: VmRule = (vm) => {
  const site = known(vm);
  if (!site) return undefined;
  const { desired, observed } = site;
  const wantedOff = desired.presence !== 'present' || desired.power === 'stopped';
  const done = observed.observedGeneration === desired.generation && observed.failureCode === '';
  if (!wantedOff || !done) return undefined;
  const copy =
    observed.pid === 0 && vm.host.orphans.find((it) => it.vmId === site.vmId && it.reason === 'copy');
  const own = observed.pid > 0 && RUNS.includes(observed.state);
  if (!own && !copy) return undefined;
  const pid = copy ? copy.pid : observed.pid;
  return driftOfVm(vm.site, {
    rule: 'should-not-run',
    subject: `pid-${pid}`,
    expected: desired.presence === 'present' ? 'stopped' : desired.presence,
    seen: copy ? `process ${pid}, which its host did not start` : `${observed.state} (process ${pid})`,
    since: observed.sinceMs,
    decision: converge('its host is to look again and end what is its own', 2),
  });
};
