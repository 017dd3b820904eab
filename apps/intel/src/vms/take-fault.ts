import type { DiskInput } from '#libs/contracts/http';
import type { FieldFault } from '#libs/errors';
import type { DiskEntity } from '../db-operator/index.js';

/** Why a VM of this project cannot take a disk that is there; undefined when it can. Pure. */
export function takeFault(
  disk: DiskEntity | undefined,
  project: string,
  before: { id?: string }[],
  input: Pick<DiskInput, 'sizeGiB' | 'pool'>,
): FieldFault | undefined {
  const id = (code: string, message: string) => ({ field: 'id', code, message });
  if (!disk || disk.project !== project) return id('unknown', 'there is no such disk');
  if (before.some((it) => it.id === disk.id)) return id('duplicate', 'is in the list twice');
  if (disk.vmId !== null) return id('in_use', `the VM ${disk.vmId} holds it`);
  if (disk.state !== 'available') return id('state', `it is ${disk.state}`);
  if (disk.growingToBytes !== null) return id('state', 'it is being grown');
  if (disk.poolId === null) return id('state', 'its host has not told of its pools yet');
  const immutable = (field: string) => ({ field, code: 'immutable', message: 'is that of the disk' });
  if (input.sizeGiB != null) return immutable('sizeGiB');
  return input.pool == null ? undefined : immutable('pool');
}
