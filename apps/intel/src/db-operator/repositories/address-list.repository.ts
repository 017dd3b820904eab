import { type EntityManager, In } from 'typeorm';
import type { AddressSource, ListedAddressState } from '#libs/contracts';
import { AddressEntity } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';

/** An address with the names of what it belongs to. */
export interface ListedAddress {
  id: string;
  address: string;
  prefix: number;
  networkId: string;
  networkName: string;
  project: string;
  state: ListedAddressState;
  source: AddressSource;
  kept: boolean;
  note: string;
  vmId: string | null;
  vmName: string | null;
  nicId: string | null;
  mac: string | null;
  createdAt: Date;
  releasedAt: Date | null;
  updatedAt: Date;
}

/** An address that somebody has, or whose guest shows it. */
export interface ForeignAddress {
  networkId: string;
  address: string;
  vmId: string | null;
  vmName: string | null;
  project: string;
}

/** What the user network gives to each guest. */
export const USER_ADDRESS = '10.0.2.15';
const USER_NETWORK = `'00000000-0000-7000-8000-000000000001'::uuid`;

/** Those that VMAN gives out; those of user-mode NICs, known by the NIC; those that guests have besides. */
const KINDS = [
  `SELECT a.id, a.address, a.family, a.network_id, a.project, a.state, a.source, a.kept, a.note, a.vm_id,
     v.name AS vm_name, a.nic_id, c.mac, a.created_at, a.released_at, a.updated_at
   FROM addresses a LEFT JOIN vms v ON v.id = a.vm_id LEFT JOIN nics c ON c.id = a.nic_id`,
  `SELECT c.id, '${USER_ADDRESS}'::inet, 4, ${USER_NETWORK}, v.project, 'held', 'user', false, '', v.id, v.name, c.id, c.mac,
     v.created_at, NULL::timestamptz, v.created_at
   FROM nics c JOIN vms v ON v.id = c.vm_id WHERE c.kind = 'user' AND c.presence = 'attached'`,
  `SELECT s.id, s.address, family(s.address), coalesce(s.network_id, ${USER_NETWORK}), v.project, 'seen', 'guest-agent', false,
     '', v.id, v.name, c.id, c.mac, s.since, NULL::timestamptz, s.since
   FROM seen_addresses s JOIN vms v ON v.id = s.vm_id JOIN nics c ON c.id = s.nic_id
   WHERE NOT (c.kind = 'user' AND s.address = '${USER_ADDRESS}')
     AND NOT EXISTS (SELECT 1 FROM addresses a WHERE a.nic_id = s.nic_id AND a.address = s.address)`,
];

const COLUMNS = `id, address, family, network_id, project, state, source, kept, note, vm_id, vm_name, nic_id, mac, created_at, released_at, updated_at`;

/** Each kind by itself is read in the order of its ids, so a page costs a page. */
const ofKind = (kind: string, tail: string) => `
(SELECT a.*, n.name AS network_name, masklen(CASE a.family WHEN 4 THEN n.cidr_v4 ELSE n.cidr_v6 END) AS prefix
 FROM (${kind}) AS a (${COLUMNS}) JOIN networks n ON n.id = a.network_id ${tail})`;

const select = (tail: string, last: string) => `
SELECT id, host(address) AS address, coalesce(prefix, CASE family WHEN 4 THEN 32 ELSE 64 END) AS prefix,
  network_id AS "networkId", network_name AS "networkName", project, state, source, kept, note, vm_id AS "vmId",
  vm_name AS "vmName", nic_id AS "nicId", mac, created_at AS "createdAt", released_at AS "releasedAt", updated_at AS "updatedAt"
FROM (${KINDS.map((kind) => ofKind(kind, tail)).join(' UNION ALL ')}) AS every ${last}`;

const FOREIGN = `
SELECT a.network_id AS "networkId", host(a.address) AS address, a.vm_id AS "vmId", v.name AS "vmName", a.project
FROM addresses a LEFT JOIN vms v ON v.id = a.vm_id
WHERE a.network_id = ANY($1::uuid[]) AND a.address = ANY($2::inet[]) AND a.state <> 'resting'`;

const SHOWN = `
SELECT s.network_id AS "networkId", host(s.address) AS address, v.id AS "vmId", v.name AS "vmName", v.project
FROM seen_addresses s JOIN vms v ON v.id = s.vm_id
WHERE s.network_id = ANY($1::uuid[]) AND s.address = ANY($2::inet[])`;

const LISTED: Listed = {
  id: 'a.id',
  filters: {
    within: 'a.project = ?',
    project: 'a.project = ?',
    network: '(n.name = ? OR n.id::text = ?)',
    vm: '(a.vm_name = ? OR a.vm_id::text = ?)',
    state: 'a.state = ?',
    source: 'a.source = ?',
    updatedSince: 'a.updated_at >= ?::timestamptz',
  },
};

/** Reading addresses; taking them is the AddressRepository's. */
export class AddressListRepository {
  constructor(private readonly manager: EntityManager) {}

  async page(wish: ListWish): Promise<Page<ListedAddress>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    const last = `ORDER BY id ${list.direction} LIMIT $${values.length}`;
    const rows: ListedAddress[] = await this.manager.query(select(tail, last), values);
    return listedPage(rows, list, (address) => address);
  }

  async get(id: string): Promise<ListedAddress | undefined> {
    const rows: ListedAddress[] = await this.manager.query(select('WHERE a.id = $1', 'LIMIT 1'), [id]);
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

  /** Whose guests show these addresses in these networks; each must be spelled as an address. */
  async shownBy(networkIds: string[], addresses: string[]): Promise<ForeignAddress[]> {
    if (networkIds.length === 0 || addresses.length === 0) return [];
    return this.manager.query(SHOWN, [networkIds, addresses]);
  }
}
