import type { DesiredVm } from '#libs/contracts';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { keepMachine } from './machine-record.js';
import { putVariables } from './uefi-variables.js';

type HostPart = Pick<Host, 'hostId' | 'paths' | 'pools'>;

/**
 * Before a host lets a VM go: what only its folder has, and the next host needs, is put beside the VM's disks. One with
 * failover has it in the pool of its lease, where it may be newer by now. Throws VmanError `pool_unavailable`.
 */
export async function handOver(
  host: HostPart,
  { vmId, status }: Pick<Vm, 'vmId' | 'status'>,
  desired: DesiredVm,
) {
  const [first] = desired.disks;
  if (desired.failover || !first) return;
  const folder = host.pools.folder(first.poolId);
  if (!host.pools.sharedFolders.includes(folder)) return;
  await putVariables(host, vmId, folder);
  if (status.machine) await keepMachine(folder, vmId, status.machine);
}
