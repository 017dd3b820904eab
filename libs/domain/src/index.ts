export * from './decide-verb.js';
export * from './disk-fault-retry.js';
export * from './drift.js';
export * from './placement/place.js';
export * from './planner/actual-vm.js';
export {
  isAttached,
  MEMORY_BLOCK_MIB,
  MEMORY_SLOTS,
  maxMemoryMib,
  maxVcpus,
  UNPLUG_TIMEOUT_MS,
} from './planner/headroom.js';
export * from './planner/observe-state.js';
export { mayLaunch, plan } from './planner/plan.js';
export { restartRequired } from './planner/restart-required.js';
export * from './planner/steps.js';
export * from './restart/restart-policy.js';
export { retryDelay } from './retry.js';
export * from './timers.js';
export { type StateInfo, VM_STATE_TABLE, vmStateDiagram } from './vm-states.js';
