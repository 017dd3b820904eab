import type { AddressView, VmAddressView } from '#libs/contracts/http';
import type { ListedAddress, Tx } from '../db-operator/index.js';
import { addressStatus, isSame, shownByOther } from '../vms/index.js';

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
  const nobodys = rows.filter((it) => it.vmId === null);
  const showing = await tx.addressList.shownBy(
    [...new Set(nobodys.map((it) => it.networkId))],
    nobodys.map((it) => it.address),
  );
  return rows.map((row) => {
    if (row.vmId === null) {
      return view(row, { conflict: shownByOther(row.project, showing, row, row.address) });
    }
    const ofVm = shown.get(row.vmId);
    return view(
      row,
      ofVm?.find((it) => isSame(it.address, row.address) && it.mac.toLowerCase() === row.mac),
    );
  });
}

function view(row: ListedAddress, shown: Pick<VmAddressView, 'lastSeenAt' | 'conflict'> = {}): AddressView {
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
    lastSeenAt: shown.lastSeenAt,
    conflict: shown.conflict,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    // One that was reserved by hand does not rest, and has no such time.
    releasedAt: row.releasedAt instanceof Date ? row.releasedAt.toISOString() : undefined,
  };
}
