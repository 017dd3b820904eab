import { failpoint } from '#libs/config';
import type { CommandHandler } from '../commands/command-handler.js';
import { mustNotRunElsewhere } from '../steps/must-have-lease.js';
import { dropEverywhere } from './disk-set.js';
import { snapshotFailure } from './snapshot-failure.js';
import { readSnapshot, removeSnapshot } from './snapshot-record.js';

/** Removes a snapshot from the disks that hold it; gone already: nothing to do. */
export const deleteSnapshot: CommandHandler<'deleteSnapshot'> = {
  runs: 'after-pass',
  async carryOut({ snapshotId, diskIds }, { host, vm }) {
    if (!vm) return undefined;
    if (!vm.process && vm.desired) await mustNotRunElsewhere(host, vm.desired);
    const record = await readSnapshot(host, vm.vmId, snapshotId);
    const poolOf = (id: string) => vm.desired?.disks.find((it) => it.diskId === id)?.poolId;
    const disks = record?.disks ?? diskIds.map((diskId) => ({ diskId, poolId: poolOf(diskId) }));
    try {
      await host.places.without(() => dropEverywhere(host, vm, disks, snapshotId));
    } catch (error) {
      throw snapshotFailure(error);
    }
    await failpoint('operator.snapshot.dropped');
    await removeSnapshot(host, vm.vmId, snapshotId);
    return undefined;
  },
};
