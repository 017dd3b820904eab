import type { AddressView, VmAddressView } from '#libs/contracts/http';
import type { ListedAddress, Tx } from '../db-operator/index.js';
import { addressStatus } from '../vms/index.js';

/** Addresses, each beside what the guest of its VM shows. */
export async function addressViews(tx: Tx, rows: ListedAddress[]): Promise<AddressView[]> {
  const vms = await tx.vms.all([...new Set(rows.flatMap((it) => it.vmId ?? []))]);
  const parts = await tx.parts.ofAll(vms.map(({ vm }) => vm.id));
  const shown = new Map(
    vms.map((seen) => {
      const own = parts.get(seen.vm.id);
      return [seen.vm.id, own ? addressStatus(seen, own) : []];
    }),
  );
  return rows.map((row) => {
    const ofVm = row.vmId ? shown.get(row.vmId) : undefined;
    return view(
      row,
      ofVm?.find((it) => it.address === row.address && it.mac === row.mac),
    );
  });
}

function view(row: ListedAddress, shown: VmAddressView | undefined): AddressView {
  return {
    id: row.id,
    address: row.address,
    prefix: row.prefix,
    network: { id: row.networkId, name: row.networkName },
    project: row.project,
    state: row.state,
    source: row.source,
    kept: row.kept,
    note: row.note,
    vm: row.vmId ? { id: row.vmId, name: row.vmName ?? '' } : undefined,
    nicId: row.nicId ?? undefined,
    mac: row.mac ?? undefined,
    lastSeenAt: shown?.lastSeenAt,
    conflict: shown?.conflict,
    createdAt: row.createdAt.toISOString(),
    // One that was reserved by hand does not rest, and has no such time.
    releasedAt: row.releasedAt instanceof Date ? row.releasedAt.toISOString() : undefined,
  };
}
