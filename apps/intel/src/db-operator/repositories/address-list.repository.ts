import { type EntityManager, In } from 'typeorm';
import { AddressEntity } from '../entities/index.js';
import { decodeCursor, type Page, pageOf } from '../keyset.js';

export interface AddressFilter {
  project?: string;
  network?: string;
  vm?: string;
  state?: string;
  source?: string;
  limit: number;
  cursor?: string;
}

/** An address with the names of what it belongs to. */
export interface ListedAddress {
  id: string;
  address: string;
  prefix: number;
  networkId: string;
  networkName: string;
  project: string;
  state: 'held' | 'reserved' | 'resting';
  source: 'static' | 'dhcp';
  kept: boolean;
  note: string;
  vmId: string | null;
  vmName: string | null;
  nicId: string | null;
  mac: string | null;
  createdAt: Date;
  releasedAt: Date | null;
}

/** An address that a guest shows and another VM holds. */
export interface ForeignAddress {
  networkId: string;
  address: string;
  vmId: string | null;
  vmName: string | null;
  project: string;
}

const LIST = `
SELECT a.id, host(a.address) AS address, masklen(CASE a.family WHEN 4 THEN n.cidr_v4 ELSE n.cidr_v6 END) AS prefix,
  a.network_id AS "networkId", n.name AS "networkName", a.project, a.state, a.source, a.kept, a.note,
  a.vm_id AS "vmId", v.name AS "vmName", a.nic_id AS "nicId", c.mac, a.created_at AS "createdAt",
  a.released_at AS "releasedAt"
FROM addresses a JOIN networks n ON n.id = a.network_id
  LEFT JOIN vms v ON v.id = a.vm_id LEFT JOIN nics c ON c.id = a.nic_id
WHERE ($1::text IS NULL OR a.project = $1)
  AND ($2::text IS NULL OR n.name = $2 OR n.id::text = $2)
  AND ($3::text IS NULL OR v.name = $3 OR v.id::text = $3)
  AND ($4::text IS NULL OR a.state = $4) AND ($5::text IS NULL OR a.source = $5)
  AND ($6::uuid IS NULL OR a.id > $6) AND ($7::uuid IS NULL OR a.id = $7)
ORDER BY a.id LIMIT $8`;

const FOREIGN = `
SELECT a.network_id AS "networkId", host(a.address) AS address, a.vm_id AS "vmId", v.name AS "vmName", a.project
FROM addresses a LEFT JOIN vms v ON v.id = a.vm_id
WHERE a.network_id = ANY($1::uuid[]) AND a.address = ANY($2::inet[]) AND a.state <> 'resting'`;

/** Reading addresses; taking them is the AddressRepository's. */
export class AddressListRepository {
  constructor(private readonly manager: EntityManager) {}

  async page(filter: AddressFilter): Promise<Page<ListedAddress>> {
    const after = filter.cursor ? decodeCursor(filter.cursor, 1)[0] : null;
    const { project, network, vm, state, source, limit } = filter;
    const values = [project, network, vm, state, source].map((it) => it ?? null);
    const rows: ListedAddress[] = await this.manager.query(LIST, [...values, after, null, limit + 1]);
    return pageOf(rows, limit, (last) => [last.id]);
  }

  async get(id: string): Promise<ListedAddress | undefined> {
    const rows: ListedAddress[] = await this.manager.query(LIST, [...Array(6).fill(null), id, 1]);
    return rows[0];
  }

  async ofVms(vmIds: string[]): Promise<AddressEntity[]> {
    const rows = await this.manager.find(AddressEntity, {
      where: { vmId: In(vmIds) },
      order: { family: 'ASC' },
    });
    for (const row of rows) row.address = row.address.replace(/\/.*/, '');
    return rows;
  }

  /** Who has these addresses of these networks; each must be spelled as an address. */
  async holders(networkIds: string[], addresses: string[]): Promise<ForeignAddress[]> {
    if (networkIds.length === 0 || addresses.length === 0) return [];
    return this.manager.query(FOREIGN, [networkIds, addresses]);
  }
}
