import { VmanError } from '#libs/errors';
import type { Tx, VmEntity } from '../db-operator/index.js';

/**
 * What failover needs: each disk in a pool that several hosts can have, one of which holds the lease. Throws
 * invalid_input with the disks that lie elsewhere.
 */
export async function failoverSpec(tx: Tx, vmId: string): Promise<{ failoverPoolId: string }> {
  const { disks } = await tx.parts.of(vmId);
  const pools = await tx.pools.namesOf(disks.flatMap((it) => it.poolId ?? []));
  const elsewhere = disks.flatMap((disk, index) => {
    const pool = disk.poolId === null ? undefined : pools.get(disk.poolId);
    return pool?.kind === 'shared-dir' ? [] : [{ index, name: pool?.name ?? 'local' }];
  });
  const [first] = disks;
  if (first?.poolId && elsewhere.length === 0) return { failoverPoolId: first.poolId };
  const message =
    disks.length === 0
      ? 'needs a disk in a pool of kind shared-dir'
      : `needs all disks in pools of kind shared-dir; ${elsewhere.map((it) => `disk ${it.index} lies in ${it.name}`).join(', ')}`;
  throw new VmanError('invalid_input', `failover ${message}.`, {
    fields: [{ field: 'failover', code: 'unsupported', message }],
    hint: 'Give each disk a `pool` of kind shared-dir, which `GET /v1/pools` shows, or leave failover out.',
  });
}

/** The columns that turning failover on, or off, changes; a VM that keeps it must keep what it needs. */
export async function changedFailover(
  tx: Tx,
  vm: VmEntity,
  failover: boolean | undefined,
): Promise<Partial<VmEntity>> {
  const on = failover ?? vm.failoverPoolId !== null;
  if (!on) {
    return vm.failoverPoolId === null ? {} : { failoverPoolId: null, failoverGeneration: vm.generation + 1 };
  }
  const { failoverPoolId } = await failoverSpec(tx, vm.id);
  // A lease stays where it is.
  return vm.failoverPoolId === null ? { failoverPoolId, failoverGeneration: vm.generation + 1 } : {};
}
