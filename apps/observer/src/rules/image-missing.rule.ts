import { driftOfVm, known, type VmRule } from './rule.js';

/** The image below a disk cannot be fetched. */
export const imageMissing: VmRule = (vm) => {
  const site = known(vm);
  if (site?.observed.failureCode !== 'image_missing') return undefined;
  return driftOfVm(vm.site, {
    rule: 'image-missing',
    expected: 'the image of its disk can be read',
    seen: 'the image store does not give it',
    since: site.observed.sinceMs,
    decision: { kind: 'leave', why: 'its host tries again by itself; import the template again' },
  });
};
