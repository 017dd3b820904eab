/**
 * Ports of hosts. A port is taken by inserting its row: the unique constraint is the only judge, so that two
 * creates at the same time never share one. A port that a VM gives up stays taken until its host has observed the
 * change, since the old process listens on it until then.
 */
import { type EntityManager, In } from 'typeorm';
import { VmanError } from '#libs/errors';
import { PortForwardEntity } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';

/** Both ends included. */
export interface PortRange {
  first: number;
  last: number;
}

/** A forward with the names of what it belongs to. */
export type ListedForward = PortForwardEntity & { vmName: string; hostName: string };

const SELECT = `
SELECT f.id, v.name AS vm_name, h.name AS host_name
FROM port_forwards f JOIN vms v ON v.id = f.vm_id JOIN hosts h ON h.id = f.host_id`;

/** Another transaction may win each of the first picks; more in a row means that something else is wrong. */
const PICKS_MAX = 20;

/** Who listens on all addresses keeps a port from everybody who names one. */
const meets = (address: string) => `(held.host_address = ${address}
    OR held.host_address IN ('0.0.0.0', '::') OR ${address} IN ('0.0.0.0', '::'))`;

const TAKE = `
INSERT INTO port_forwards (id, vm_id, nic_id, host_id, position, protocol, host_address, guest_port, host_port)
SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::int, $6::text, $7::text, $8::int, port
FROM generate_series($9::int, $10::int) AS port
WHERE NOT EXISTS (
  SELECT 1 FROM port_forwards held
  WHERE held.host_id = $4 AND ${meets('$7')} AND held.protocol = $6 AND held.host_port = port
)
ORDER BY port < $11::int, port
LIMIT 1
ON CONFLICT ON CONSTRAINT port_forwards_one_holder DO NOTHING
RETURNING host_port`;

const FREE = `
SELECT 1 FROM generate_series($1::int, $2::int) AS port
WHERE NOT EXISTS (
  SELECT 1 FROM port_forwards held
  WHERE held.host_id = $3 AND ${meets('$4')} AND held.protocol = $5 AND held.host_port = port
)
LIMIT 1`;

const HOLDER = `
SELECT v.name, v.id = asking.id AS own, v.project = asking.project AS near, held.releasing_generation IS NOT NULL AS leaving
FROM port_forwards held JOIN vms v ON v.id = held.vm_id JOIN vms asking ON asking.id = $5
WHERE held.host_id = $1 AND ${meets('$2')} AND held.protocol = $3 AND held.host_port = $4
LIMIT 1`;

interface Holder {
  name: string;
  own: boolean;
  near: boolean;
  /** Its host may listen on it still. */
  leaving: boolean;
}

const LISTED: Listed = {
  id: 'f.id',
  filters: {
    within: 'v.project = ?',
    project: 'v.project = ?',
    vm: '(v.name = ? OR v.id::text = ?)',
    host: '(h.name = ? OR h.id::text = ?)',
    protocol: 'f.protocol = ?',
  },
};

function by({ name, own, near, leaving }: Holder): string {
  const who = near ? ` by ${own ? 'the VM itself' : `the VM ${name}`}` : ' by a VM of another project';
  return leaving ? `${who}, until its host no longer listens on it` : who;
}

export class PortForwardRepository {
  constructor(private readonly manager: EntityManager) {}

  async page(wish: ListWish): Promise<Page<ListedForward>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    return listedPage(await this.list(tail, values), list, (forward) => forward);
  }

  async get(id: string, project?: string): Promise<ListedForward | undefined> {
    const within = 'WHERE f.id = $1 AND ($2::text IS NULL OR v.project = $2)';
    return (await this.list(within, [id, project ?? null]))[0];
  }

  /** Takes the named port; throws port_in_use. */
  async take(forward: Omit<PortForwardEntity, 'releasingGeneration'>): Promise<void> {
    const rows = await this.insert(forward, forward.hostPort, forward.hostPort, 0);
    if (rows > 0) return;
    const { hostAddress, hostPort, protocol } = forward;
    const [holder]: Holder[] = await this.manager.query(HOLDER, [
      forward.hostId,
      hostAddress,
      protocol,
      hostPort,
      forward.vmId,
    ]);
    const where = `${hostAddress}:${hostPort}/${protocol}`;
    throw new VmanError('port_in_use', `The host port ${where} is taken${holder ? by(holder) : ''}.`);
  }

  /** Takes a free port of the range, looking from `from` on; throws port_exhausted. */
  async takeAny(
    forward: Omit<PortForwardEntity, 'releasingGeneration' | 'hostPort'>,
    range: PortRange,
    from: number,
  ): Promise<void> {
    for (let pick = 0; pick < PICKS_MAX; pick++) {
      if ((await this.insert(forward, range.first, range.last, from)) > 0) return;
      const free = await this.manager.query(FREE, [
        range.first,
        range.last,
        forward.hostId,
        forward.hostAddress,
        forward.protocol,
      ]);
      if (free.length === 0) break;
    }
    throw new VmanError('port_exhausted', `No port of ${range.first} to ${range.last} is free on the host.`);
  }

  /** The VM moves: its ports are taken on the new host, other ones where they are taken there. */
  async move(vmId: string, hostId: string, range: PortRange): Promise<void> {
    const all = await this.manager.find(PortForwardEntity, { where: { vmId }, order: { id: 'ASC' } });
    await this.manager.delete(PortForwardEntity, { vmId });
    for (const { releasingGeneration, ...forward } of all) {
      // The old host alone listens on it, and is to stop.
      if (releasingGeneration !== null) continue;
      const moved = { ...forward, hostId };
      const kept = await this.insert(moved, forward.hostPort, forward.hostPort, 0);
      if (kept === 0) await this.takeAny(moved, range, range.first);
    }
  }

  async release(ids: string[], generation: number): Promise<void> {
    await this.manager.query(
      'UPDATE port_forwards SET releasing_generation = $2 WHERE id = ANY($1::uuid[])',
      [ids, generation],
    );
  }

  /** Frees what the host no longer listens on. */
  async freeReleased(vmId: string, observedGeneration: number): Promise<void> {
    await this.manager.query('DELETE FROM port_forwards WHERE vm_id = $1 AND releasing_generation <= $2', [
      vmId,
      observedGeneration,
    ]);
  }

  private async list(tail: string, values: unknown[]): Promise<ListedForward[]> {
    const names: { id: string; vm_name: string; host_name: string }[] = await this.manager.query(
      `${SELECT} ${tail}`,
      values,
    );
    const rows = await this.manager.findBy(PortForwardEntity, { id: In(names.map((it) => it.id)) });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return names.flatMap((it) => {
      const row = byId.get(it.id);
      return row ? [{ ...row, vmName: it.vm_name, hostName: it.host_name }] : [];
    });
  }

  private async insert(
    forward: Omit<PortForwardEntity, 'releasingGeneration' | 'hostPort'>,
    first: number,
    last: number,
    from: number,
  ): Promise<number> {
    const rows: unknown[] = await this.manager.query(TAKE, [
      forward.id,
      forward.vmId,
      forward.nicId,
      forward.hostId,
      forward.position,
      forward.protocol,
      forward.hostAddress,
      forward.guestPort,
      first,
      last,
      from,
    ]);
    return rows.length;
  }
}
