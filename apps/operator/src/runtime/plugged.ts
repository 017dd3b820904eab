/** What was plugged into a process, read from the names of its devices alone: one question to QEMU for all of it. */
import { type ActualProcess, freshProcess, type LaunchedShape, type MemoryModule } from '#libs/domain';
import { diskDeviceId, nicDeviceId } from '#libs/qemu';

export type Plugged = Pick<ActualProcess, 'vcpus' | 'modules' | 'missing'>;

const CPU = /^cpu\d+$/;
const MODULE = /^(dimm\d+)-(\d+)$/;

export const pluggedCpuId = (core: number): string => `cpu${core}`;
export const moduleDeviceId = ({ moduleId, sizeMib }: MemoryModule): string => `${moduleId}-${sizeMib}`;

/** `names` are the devices of QEMU that have an id. Pure. */
export function readPlugged(shape: LaunchedShape, names: readonly string[]): Plugged {
  const there = new Set(names);
  const devices = [
    ...shape.disks.map(({ diskId }) => ({ id: diskId, name: diskDeviceId(diskId) })),
    ...shape.nics.map(({ nicId }) => ({ id: nicId, name: nicDeviceId(nicId) })),
  ];
  return {
    vcpus: freshProcess(shape).vcpus + names.filter((name) => CPU.test(name)).length,
    modules: names.flatMap((name) => {
      const [, moduleId, sizeMib] = MODULE.exec(name) ?? [];
      return moduleId ? [{ moduleId, sizeMib: Number(sizeMib) }] : [];
    }),
    missing: devices.filter(({ name }) => !there.has(name)).map(({ id }) => id),
  };
}
