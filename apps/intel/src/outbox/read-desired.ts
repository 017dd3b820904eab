import type { DesiredVm } from '#libs/contracts';
import { type OutboxRow, type Tx, together } from '../db-operator/index.js';
import { desiredVmOf } from '../vms/index.js';

/** What a host is to be told of a VM. */
export interface ToldDesired {
  desired: DesiredVm;
  /** Where it last lay on its subject. */
  sequence: number;
}

/** What the rows of desired states stand for, as it is now, by VM. Without those that are gone or held back. */
export async function readDesired(tx: Tx, rows: readonly OutboxRow[]): Promise<Map<string, ToldDesired>> {
  const ids = [...new Set(rows.flatMap((it) => (it.kind === 'desired' ? (it.vmId ?? []) : [])))];
  const [vms, parts, traces] = await together(
    tx.vms.all(ids),
    tx.parts.ofAll(ids),
    tx.operations.tracesOfCauses(ids),
  );
  const told = new Map<string, ToldDesired>();
  for (const { vm } of vms) {
    const its = parts.get(vm.id);
    if (vm.held || !its) continue;
    const desired = desiredVmOf(vm, its);
    const traceparent = traces.get(vm.id);
    const cause = { ...desired.cause, ...(traceparent && { traceparent }) };
    told.set(vm.id, { desired: { ...desired, cause }, sequence: vm.desiredSequence });
  }
  return told;
}
