import {
  diskDeviceId,
  diskNodeName,
  diskSerial,
  layerNodeName,
  throttleGroupName,
  throttleNodeName,
} from './device-names.js';
import type { PciPlace } from './pci-layout.js';
import type { CacheMode, DiskSpec, LayerSpec, ThrottleSpec } from './qemu-spec.js';

/** Properties of one block node: a `-blockdev` argument or the arguments of QMP `blockdev-add`. */
export type BlockNode = { driver: string; 'node-name': string } & Record<string, unknown>;
/** Properties of one device: a `-device` argument or the arguments of QMP `device_add`. */
export type DeviceProperties = { driver: string; id: string } & Record<string, unknown>;
/** Properties of one object: an `-object` argument or the arguments of QMP `object-add`. */
export type ObjectProperties = { 'qom-type': string; id: string } & Record<string, unknown>;

const cacheOf = (mode: CacheMode): { direct: boolean; 'no-flush': boolean } => ({
  direct: mode === 'none',
  'no-flush': mode === 'unsafe',
});

interface NodeOptions {
  name: string;
  layer: LayerSpec;
  backing: string | undefined;
  readOnly: boolean;
  discard: boolean;
  cache: CacheMode;
}

function layerNode({ name, layer, backing, readOnly, discard, cache }: NodeOptions): BlockNode {
  const shared = { 'read-only': readOnly, discard: discard ? 'unmap' : 'ignore', cache: cacheOf(cache) };
  return {
    driver: layer.format,
    'node-name': name,
    ...shared,
    file: { driver: 'file', 'node-name': `${name}-f`, filename: layer.path, ...shared },
    ...(layer.format === 'qcow2' ? { backing: backing ?? null } : {}),
  };
}

/** The nodes of a disk in the order in which QEMU needs them: the deepest layer first. */
export function diskNodes(disk: DiskSpec): BlockNode[] {
  const cache = disk.cache ?? 'writeback';
  const nodes = disk.layers.map((layer, depth) =>
    layerNode({
      name: layerNodeName(disk.id, depth),
      layer,
      backing: depth + 1 < disk.layers.length ? layerNodeName(disk.id, depth + 1) : undefined,
      readOnly: depth > 0 || disk.readOnly === true,
      discard: depth === 0 && disk.readOnly !== true && disk.discard !== false,
      cache,
    }),
  );
  nodes.reverse();
  if (disk.throttle === undefined) return nodes;
  return [
    ...nodes,
    {
      driver: 'throttle',
      'node-name': throttleNodeName(disk.id),
      'throttle-group': throttleGroupName(disk.id),
      file: diskNodeName(disk.id),
    },
  ];
}

const throttleLimits = (throttle: ThrottleSpec): Record<string, number> => ({
  ...(throttle.iopsTotal ? { 'iops-total': throttle.iopsTotal } : {}),
  ...(throttle.bytesPerSecond ? { 'bps-total': throttle.bytesPerSecond } : {}),
});

/** The object that holds the limits of a throttled disk; it must exist before the nodes. */
export function diskThrottleGroup(disk: DiskSpec): ObjectProperties | undefined {
  if (disk.throttle === undefined) return undefined;
  return {
    'qom-type': 'throttle-group',
    id: throttleGroupName(disk.id),
    limits: throttleLimits(disk.throttle),
  };
}

/** The virtio-blk device of a disk. An error of the host stops the guest instead of reaching it: nothing is lost. */
export function diskDevice(disk: DiskSpec, place: PciPlace): DeviceProperties {
  return {
    driver: 'virtio-blk-pci',
    id: diskDeviceId(disk.id),
    drive: disk.throttle === undefined ? diskNodeName(disk.id) : throttleNodeName(disk.id),
    serial: diskSerial(disk.id),
    werror: 'stop',
    rerror: 'stop',
    ...(disk.cache === 'writethrough' ? { 'write-cache': 'off' } : {}),
    ...place,
    ...(disk.bootIndex === undefined ? {} : { bootindex: disk.bootIndex }),
  };
}
