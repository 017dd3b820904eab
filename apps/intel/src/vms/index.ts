export { ApplyVmReport } from './apply-vm-report.usecase.js';
export { changeDesired } from './change-desired.js';
export { desiredVmOf } from './desired-vm.js';
