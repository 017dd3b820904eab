/**
 * Names of nodes and devices, made of UUIDs alone. QEMU allows 31 bytes in a node name, so they carry the last
 * 12 digits, which are random in every UUID version in use.
 */
export const shortId = (uuid: string): string => uuid.replaceAll('-', '').toLowerCase().slice(-12);

/** Node that holds the guest's view of a disk (snapshots, backup and resize name it). */
export const diskNodeName = (diskId: string): string => `d${shortId(diskId)}`;
/** Node of the nth layer below the top (0 is the top itself). */
export const layerNodeName = (diskId: string, depth: number): string =>
  depth === 0 ? diskNodeName(diskId) : `${diskNodeName(diskId)}-${depth}`;
/** Filter node between a throttled disk and its device. */
export const throttleNodeName = (diskId: string): string => `${diskNodeName(diskId)}-t`;
export const throttleGroupName = (diskId: string): string => `tg${shortId(diskId)}`;
export const diskDeviceId = (diskId: string): string => `vd${shortId(diskId)}`;
/** The block backend of a disk's device, which QEMU gives no other name. */
export const diskBackendPath = (diskId: string): string =>
  `/machine/peripheral/${diskDeviceId(diskId)}/virtio-backend`;
export const netdevId = (nicId: string): string => `n${shortId(nicId)}`;
export const nicDeviceId = (nicId: string): string => `nic${shortId(nicId)}`;
/** virtio-blk shows 20 bytes of serial to the guest (/dev/disk/by-id/virtio-<serial>). */
export const diskSerial = (diskId: string): string => diskId.replaceAll('-', '').toLowerCase().slice(-20);
/** Name of the process as `ps` shows it; the kernel keeps 15 bytes. */
export const processName = (vmId: string): string => `vman-${shortId(vmId).slice(-8)}`;
export const rootPortId = (port: number): string => `rp${port}`;

export const SEED_NODE = 'seed';
export const SEED_DEVICE = 'vdseed';
export const BALLOON_DEVICE = 'balloon0';
export const GUEST_AGENT_PORT = 'ga0';
export const GUEST_AGENT_CHARDEV = 'ga';
