import { type EntityManager, In } from 'typeorm';
import { type FreeRange, formatIp } from '#libs/domain';
import { NetworkEntity } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';

/** Of all families, from the lowest on. */
interface HeldAddress {
  family: 4 | 6;
  address: string;
}

const INSERT_RANGES = `
INSERT INTO free_ranges (network_id, family, automatic, next, last)
SELECT $1::uuid, * FROM unnest($2::smallint[], $3::boolean[], $4::inet[], $5::inet[])`;

const LISTED: Listed = {
  id: 'n.id',
  name: 'n.name',
  filters: {
    within: `n.project IN ('', ?)`,
    project: 'n.project = ?',
    name: 'n.name = ?',
    kind: 'n.kind = ?',
    updatedSince: 'n.updated_at >= ?::timestamptz',
  },
};

export class NetworkRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Throws when a managed network overlaps another one. */
  async insert(network: Partial<NetworkEntity> & { id: string }, free: FreeRange[]): Promise<void> {
    await this.manager.insert(NetworkEntity, network);
    await this.insertRanges(network.id, free);
  }

  async get(id: string): Promise<NetworkEntity | undefined> {
    return (await this.manager.findOneBy(NetworkEntity, { id })) ?? undefined;
  }

  /** What a project calls so: its own, or else a shared one. Without a project: the only one of the name. */
  async byName(project: string | undefined, name: string): Promise<NetworkEntity | undefined> {
    const projects = project === undefined ? {} : { project: In([project, '']) };
    const found = await this.manager.find(NetworkEntity, {
      where: { name, ...projects },
      order: { project: 'DESC' },
      take: 2,
    });
    return project !== undefined || found.length === 1 ? found[0] : undefined;
  }

  async all(ids: string[]): Promise<NetworkEntity[]> {
    return ids.length === 0 ? [] : this.manager.findBy(NetworkEntity, { id: In(ids) });
  }

  /** Those of a project and those that all share. */
  async page(wish: ListWish): Promise<Page<NetworkEntity>> {
    const list = listing(LISTED, wish);
    const query = this.manager.createQueryBuilder(NetworkEntity, 'n');
    return listedPage(await narrow(query, list).getMany(), list, (network) => network);
  }

  /** Nobody removes it or cuts it anew until the transaction ends; false when it is gone. */
  async hold(id: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query('SELECT 1 FROM networks WHERE id = $1 FOR KEY SHARE', [
      id,
    ]);
    return rows.length === 1;
  }

  /** Nobody takes an address of it until the transaction ends. */
  async lock(id: string): Promise<NetworkEntity | undefined> {
    const query = this.manager.createQueryBuilder(NetworkEntity, 'n').where('n.id = :id', { id });
    return (await query.setLock('pessimistic_write').getOne()) ?? undefined;
  }

  async update(id: string, change: Partial<NetworkEntity>): Promise<void> {
    await this.manager.update(NetworkEntity, { id }, { ...change, updatedAt: () => 'now()' });
  }

  /** What is not free of it, whoever has it. */
  async taken(id: string): Promise<HeldAddress[]> {
    return this.manager.query(
      'SELECT family, host(address) AS address FROM addresses WHERE network_id = $1 ORDER BY address',
      [id],
    );
  }

  async replaceRanges(id: string, free: FreeRange[]): Promise<void> {
    await this.manager.query('DELETE FROM free_ranges WHERE network_id = $1', [id]);
    await this.insertRanges(id, free);
  }

  /** Ids and names of the VMs that have a NIC in it. */
  async users(id: string): Promise<{ id: string; name: string }[]> {
    return this.manager.query(
      `SELECT DISTINCT v.id, v.name FROM vms v JOIN nics n ON n.vm_id = v.id WHERE n.network_id = $1 ORDER BY v.id`,
      [id],
    );
  }

  /** How many addresses somebody keeps by hand. */
  async reservations(id: string): Promise<number> {
    const [row]: { count: number }[] = await this.manager.query(
      `SELECT count(*)::int AS count FROM addresses WHERE network_id = $1 AND state = 'reserved'`,
      [id],
    );
    return row?.count ?? 0;
  }

  /** With what rests of its addresses. */
  async remove(id: string): Promise<void> {
    await this.manager.query(`DELETE FROM addresses WHERE network_id = $1 AND state = 'resting'`, [id]);
    await this.manager.delete(NetworkEntity, { id });
  }

  /** The managed ones that have addresses in common with these networks. */
  async overlapping(cidrs: string[]): Promise<string[]> {
    const rows: { name: string }[] = await this.manager.query(
      `SELECT name FROM networks WHERE kind = 'managed'
       AND (cidr_v4 && ANY($1::inet[]) OR cidr_v6 && ANY($1::inet[])) ORDER BY name LIMIT 20`,
      [cidrs],
    );
    return rows.map((row) => row.name);
  }

  private async insertRanges(id: string, free: FreeRange[]): Promise<void> {
    if (free.length === 0) return;
    await this.manager.query(INSERT_RANGES, [
      id,
      free.map((it) => it.family),
      free.map((it) => it.automatic),
      free.map((it) => formatIp({ family: it.family, value: it.first })),
      free.map((it) => formatIp({ family: it.family, value: it.last })),
    ]);
  }
}
