import type { VmReport } from '#libs/contracts';
import type { Tx } from '../db-operator/index.js';

/**
 * A host speaks of a VM that is not placed there. One that left it is told so once more, until it says that nothing
 * of the VM is left. False: the VM never was there as far as this database knows.
 */
export async function settleDeparture(tx: Tx, hostId: string, report: VmReport): Promise<boolean> {
  const { vmId } = report;
  const departure = await tx.departures.of(vmId, hostId);
  if (!departure) return false;
  const gone = report.state === 'absent' && report.acceptedGeneration >= departure.generation;
  if (!gone) {
    await tx.outbox.released(hostId, vmId);
    return true;
  }
  await tx.departures.end(vmId, hostId);
  await tx.outbox.purge(hostId, vmId);
  const left = await tx.departures.ofVm(vmId);
  const seen = await tx.vms.get(vmId);
  if (seen?.vm.held && seen.vm.sourceSnapshotId === null && left.length === 0) {
    await tx.vms.release(vmId);
    await tx.outbox.desired(seen.vm.hostId, vmId);
  }
  return true;
}
