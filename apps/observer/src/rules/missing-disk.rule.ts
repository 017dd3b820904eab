import { driftOfVm, known, type VmRule } from './rule.js';

/** A disk that was made on this host is gone from its place. Nothing can bring its content back but a person. */
export const missingDisk: VmRule = (vm) => {
  const site = known(vm);
  if (!site) return undefined;
  const missing = site.observed.missingDiskIds.filter((id) => site.desired.diskIds.includes(id));
  if (missing.length === 0) return undefined;
  return driftOfVm(vm.site, {
    rule: 'missing-disk',
    expected: 'every disk has its file',
    seen: `no file of disk ${missing.join(', ')}`,
    since: site.observed.sinceMs,
    decision: { kind: 'leave', why: 'its content is lost here: put the file back, or restore a backup' },
  });
};
