export { assignPorts, type PortPlan } from './assign-ports.js';
export { buildQemuArguments } from './build-qemu-arguments.js';
export { checkForwards, checkSpec, MAX_SOCKET_PATH_BYTES } from './check-spec.js';
export {
  BALLOON_DEVICE,
  diskBackendPath,
  diskDeviceId,
  diskNodeName,
  GUEST_AGENT_CHARDEV,
  GUEST_AGENT_PORT,
  netdevId,
  nicDeviceId,
  SEED_DEVICE,
  SEED_NODE,
  shortId,
} from './device-names.js';
export {
  type BlockNode,
  type DeviceProperties,
  diskDevice,
  diskNodes,
  diskThrottleGroup,
  type ObjectProperties,
} from './disk-nodes.js';
export { hostForwardRule, type NetdevProperties, nicDevice, nicNetdev } from './nic-devices.js';
export { maxPorts, type PciPlace, portPlace } from './pci-layout.js';
export type * from './qemu-spec.js';
export { WATCHDOG_ACTIONS } from './qemu-spec.js';
