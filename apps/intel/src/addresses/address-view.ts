import type { AddressView } from '#libs/contracts/http';
import type { ListedAddress } from '../db-operator/index.js';

export function addressView(row: ListedAddress): AddressView {
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
    createdAt: row.createdAt.toISOString(),
    // One that was reserved by hand does not rest, and has no such time.
    releasedAt: row.releasedAt instanceof Date ? row.releasedAt.toISOString() : undefined,
  };
}
