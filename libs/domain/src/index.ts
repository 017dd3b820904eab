export * from './addresses/free-ranges.js';
export * from './addresses/ip.js';
export * from './addresses/network-definition.js';
export { type Ethernet, type NetworkConfig, networkConfigOf } from './cloud-init/network-config.js';
export * from './decide-verb.js';
export * from './disk-fault-retry.js';
export * from './drift.js';
export * from './hosts/decide-drain.js';
export * from './hosts/decide-failover.js';
export * from './hosts/host-states.js';
export * from './hosts/judge-identity.js';
export * from './lease/hold-lease.js';
export * from './lease/lease-record.js';
export * from './lease/take-lease.js';
export {
  type AffinityTerm,
  ANY_PLACE,
  affinityLack,
  type Labels,
  type Neighbour,
  type PlacementRules,
} from './placement/affinity.js';
export { type HostNetworks, networkLack, type WantedNetwork } from './placement/network-lack.js';
export * from './placement/place.js';
export { limitsOf, type Points } from './placement/score-host.js';
export * from './placement/storage.js';
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
export { type RepairName, repairId } from './repair-id.js';
export * from './restart/restart-policy.js';
export { retryDelay } from './retry.js';
export * from './timers.js';
export { type StateInfo, VM_STATE_TABLE, vmStateDiagram } from './vm-states.js';
