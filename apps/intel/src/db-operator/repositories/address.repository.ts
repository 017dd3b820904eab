/**
 * Who has which address of a network.
 *
 * An address is taken by one statement in the transaction of its VM: it cuts the address off a range of free ones and
 * writes the row of its holder. Ranges are found by an index, so the cost is that of a look-up, whether the network is
 * a /24 or a /8, empty or nearly full. Those who name no address take the lowest range that nobody has locked, so that
 * transactions that run together do not wait for each other; only when all are locked they wait for the lowest, and
 * the pool is exhausted only when no range is left after that wait. The unique constraint on (network, address) is
 * the last judge of all this.
 *
 * A rolled back transaction leaves nothing. What a VM lets go (a trigger of the database sees to it, in the
 * transaction that removes its NIC) rests for a while; each take brings two that have rested back into the free
 * ranges, so they never pile up. To be kept: whoever takes an address holds the row of its network FOR KEY SHARE
 * before (NetworkRepository.hold), and takes those of one VM in the order of their networks; then nobody deadlocks.
 */
import type { EntityManager } from 'typeorm';
import { VmanError } from '#libs/errors';

/** For whom an address is taken; without a VM it is reserved by hand. */
export interface Taker {
  id: string;
  networkId: string;
  project: string;
  family: 4 | 6;
  source: 'static' | 'dhcp';
  vmId: string | null;
  nicId: string | null;
  note: string;
}

export interface AddressHolder {
  state: string;
  project: string;
  vmName: string | null;
  restsUntil: Date | null;
}

export type Taken = { kind: 'taken' } | { kind: 'held'; holder: AddressHolder };

/** A range that is split by others again and again while it is looked for. */
const TRIES_MAX = 20;

const COLUMNS = `id, network_id, family, project, source, vm_id, nic_id, note, kept, state, address, automatic`;
const VALUES = `$1::uuid, $2::uuid, $3::smallint, $4::text, $5::text, $6::uuid, $7::uuid, $8::text,
  $6::uuid IS NULL, CASE WHEN $6::uuid IS NULL THEN 'reserved' ELSE 'held' END`;

/** $9: seconds that an address rests. */
const takeNext = (lock: 'FOR UPDATE SKIP LOCKED' | 'FOR UPDATE') => `
WITH rested AS (
  DELETE FROM addresses WHERE id IN (
    SELECT id FROM addresses
    WHERE network_id = $2 AND state = 'resting' AND released_at <= now() - make_interval(secs => $9)
    ORDER BY released_at LIMIT 2 FOR UPDATE SKIP LOCKED)
  RETURNING network_id, family, automatic, address
), back AS (
  INSERT INTO free_ranges (network_id, family, automatic, next, last)
  SELECT network_id, family, automatic, address, address FROM rested
), range AS (
  SELECT next, last FROM free_ranges WHERE network_id = $2 AND family = $3 AND automatic
  ORDER BY last LIMIT 1 ${lock}
), moved AS (
  UPDATE free_ranges f SET next = f.next + 1 FROM range r
  WHERE f.network_id = $2 AND f.family = $3 AND f.last = r.last AND r.next < r.last
), gone AS (
  DELETE FROM free_ranges f USING range r
  WHERE f.network_id = $2 AND f.family = $3 AND f.last = r.last AND r.next = r.last
)
INSERT INTO addresses (${COLUMNS}) SELECT ${VALUES}, r.next, true FROM range r
RETURNING host(address) AS address`;

/** $9: the address. */
const TAKE_NAMED = `
WITH range AS (
  SELECT next, last, automatic FROM free_ranges WHERE network_id = $2 AND family = $3 AND last >= $9::inet
  ORDER BY last LIMIT 1 FOR UPDATE
), hit AS (
  SELECT * FROM range WHERE next <= $9::inet
), before AS (
  INSERT INTO free_ranges (network_id, family, automatic, next, last)
  SELECT $2, $3, automatic, next, $9::inet - 1 FROM hit WHERE next < $9::inet
), moved AS (
  UPDATE free_ranges f SET next = $9::inet + 1 FROM hit
  WHERE f.network_id = $2 AND f.family = $3 AND f.last = hit.last AND hit.last > $9::inet
), gone AS (
  DELETE FROM free_ranges f USING hit
  WHERE f.network_id = $2 AND f.family = $3 AND f.last = hit.last AND hit.last = $9::inet
)
INSERT INTO addresses (${COLUMNS}) SELECT ${VALUES}, $9::inet, hit.automatic FROM hit
RETURNING id`;

/** What has rested, or what the same project reserved by hand. What was kept stays so, and keeps its id. */
const TAKE_OVER = `
UPDATE addresses SET id = CASE WHEN state = 'resting' THEN $1::uuid ELSE id END, project = $4, source = $5, vm_id = $6, nic_id = $7,
  note = CASE WHEN kept THEN note ELSE $8 END,
  kept = kept OR $6::uuid IS NULL, released_at = NULL,
  state = CASE WHEN $6::uuid IS NULL THEN 'reserved' ELSE 'held' END
WHERE network_id = $2 AND family = $3 AND address = $9::inet AND (
  (state = 'resting' AND released_at <= now() - make_interval(secs => $10))
  OR (state = 'reserved' AND project = $4 AND $6::uuid IS NOT NULL))
RETURNING id`;

const HOLDER = `
SELECT a.state, a.project, v.name AS "vmName",
  a.released_at + make_interval(secs => $3) AS "restsUntil"
FROM addresses a LEFT JOIN vms v ON v.id = a.vm_id WHERE a.network_id = $1 AND a.address = $2::inet`;

export class AddressRepository {
  constructor(private readonly manager: EntityManager) {}

  /** The next free address; undefined when there is none. Those resting for `restSeconds` are free again. */
  async takeNext(taker: Taker, restSeconds: number): Promise<string | undefined> {
    const values = [...valuesOf(taker), restSeconds];
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      for (const lock of ['FOR UPDATE SKIP LOCKED', 'FOR UPDATE'] as const) {
        const rows: { address: string }[] = await this.manager.query(takeNext(lock), values);
        if (rows[0]) return rows[0].address;
      }
      if (!(await this.hasFree(taker, restSeconds))) return undefined;
    }
    throw new VmanError('conflict', 'Other changes were faster in taking addresses.', {
      retryAfterSeconds: 1,
    });
  }

  /** Takes exactly this one, or says who has it. It must be one that the network can give. */
  async take(taker: Taker, address: string, restSeconds: number): Promise<Taken> {
    const values = valuesOf(taker);
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      const rows: unknown[] = await this.manager.query(TAKE_NAMED, [...values, address]);
      if (rows.length > 0) return { kind: 'taken' };
      const [over]: [unknown[], number] = await this.manager.query(TAKE_OVER, [
        ...values,
        address,
        restSeconds,
      ]);
      if (over.length > 0) return { kind: 'taken' };
      const [holder]: AddressHolder[] = await this.manager.query(HOLDER, [
        taker.networkId,
        address,
        restSeconds,
      ]);
      if (holder) return { kind: 'held', holder };
    }
    throw new VmanError('conflict', `Other changes were faster in taking ${address}.`, {
      retryAfterSeconds: 1,
    });
  }

  /** How many of those that are given out without being asked for are in which state. */
  async figures(networkId: string, family: number): Promise<Record<string, number>> {
    const rows: { state: string; count: number }[] = await this.manager.query(
      `SELECT state, count(*)::int AS count FROM addresses
       WHERE network_id = $1 AND family = $2 AND automatic GROUP BY state`,
      [networkId, family],
    );
    return Object.fromEntries(rows.map((row) => [row.state, row.count]));
  }

  /** Lets go of one at once: a reserved one is free again, a held one rests. Gives false when it is gone already. */
  async release(id: string): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.manager.query(
      `UPDATE addresses SET state = 'resting', kept = false, vm_id = NULL, nic_id = NULL, note = '', last_seen_at = NULL,
         released_at = CASE WHEN state = 'held' THEN now() ELSE '-infinity' END
       WHERE id = $1 AND state <> 'resting' RETURNING id`,
      [id],
    );
    return rows.length === 1;
  }

  /** Guests of the network are told of their addresses in this way from now on. */
  async tellBy(networkId: string, source: Taker['source']): Promise<void> {
    await this.manager.query('UPDATE addresses SET source = $2 WHERE network_id = $1', [networkId, source]);
  }

  /** A guest showed these until then. */
  async lastSeen(vmId: string, addresses: string[], at: Date | null): Promise<void> {
    if (addresses.length === 0) return;
    await this.manager.query(
      'UPDATE addresses SET last_seen_at = $3 WHERE vm_id = $1 AND address = ANY($2::inet[])',
      [vmId, addresses, at],
    );
  }

  private async hasFree({ networkId, family }: Taker, restSeconds: number): Promise<boolean> {
    const [row]: { free: boolean }[] = await this.manager.query(
      `SELECT EXISTS (SELECT 1 FROM free_ranges WHERE network_id = $1 AND family = $2 AND automatic) OR EXISTS (
         SELECT 1 FROM addresses WHERE network_id = $1 AND family = $2 AND automatic AND state = 'resting'
           AND released_at <= now() - make_interval(secs => $3)) AS free`,
      [networkId, family, restSeconds],
    );
    return row?.free === true;
  }
}

const valuesOf = (taker: Taker): unknown[] => [
  taker.id,
  taker.networkId,
  taker.family,
  taker.project,
  taker.source,
  taker.vmId,
  taker.nicId,
  taker.note,
];
