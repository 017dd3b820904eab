export { ApplyVmReport } from './apply-vm-report.usecase.js';
export { changeDesired, type DesiredChange } from './change-desired.js';
export { shallRun } from './decide-report.js';
export { desiredVmOf } from './desired-vm.js';
export { findVm } from './find-vm.js';
export { repairEnd } from './repair-end.js';
export { takeBackParts } from './take-back-parts.js';
