import type { EntityManager } from 'typeorm';
import type { Heartbeat, Origin, Upkeep } from '#libs/contracts';
import { type HostFacts, TIMERS } from '#libs/domain';
import { HostEntity } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';
import { HOST_SEEN, HOST_STATE } from '../shown-state.js';
import { together } from '../together.js';
import { FactRepository } from './fact.repository.js';
import { PoolRepository } from './pool.repository.js';

export interface SeenHost {
  host: HostEntity;
  seen: boolean;
  /** Since its last heartbeat; undefined: there was none. */
  silentMs: number | undefined;
  vmCount: number;
}

const BEAT = `
INSERT INTO hosts (id, name, seen_at, boot_id, agent_version, start_count, cpus, memory_mib, storage_bytes,
  storage_free_bytes, qemu_version, accelerator, accelerator_reason, dry_run, draining,
  orphans, confinement, network_abilities, machine_id, incarnation)
VALUES ($1, $2, now(), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT (id) DO UPDATE SET
  name = EXCLUDED.name, seen_at = now(), boot_id = EXCLUDED.boot_id, agent_version = EXCLUDED.agent_version,
  start_count = EXCLUDED.start_count, cpus = EXCLUDED.cpus, memory_mib = EXCLUDED.memory_mib,
  storage_bytes = EXCLUDED.storage_bytes, storage_free_bytes = EXCLUDED.storage_free_bytes,
  qemu_version = EXCLUDED.qemu_version, accelerator = EXCLUDED.accelerator,
  accelerator_reason = EXCLUDED.accelerator_reason, dry_run = EXCLUDED.dry_run, draining = EXCLUDED.draining,
  orphans = EXCLUDED.orphans, confinement = EXCLUDED.confinement,
  network_abilities = EXCLUDED.network_abilities,
  machine_id = coalesce(hosts.machine_id, EXCLUDED.machine_id),
  incarnation = coalesce(hosts.incarnation, EXCLUDED.incarnation)
RETURNING (xmax = 0) AS added`;

const RESERVE = `
UPDATE hosts SET reserved_memory_mib = reserved_memory_mib + $2, reserved_vcpus = reserved_vcpus + $3
WHERE id = $1
  AND ($2 <= 0 OR reserved_memory_mib + $2 <= memory_mib::bigint * memory_overcommit_percent / 100)
  AND ($3 <= 0 OR reserved_vcpus + $3 <= cpus * cpu_overcommit_percent / 100)
RETURNING id`;

const FACTS = `
SELECT h.id, h.name, h.labels, h.cpus, h.memory_mib, h.cpu_overcommit_percent, h.memory_overcommit_percent,
  h.reserved_memory_mib, h.reserved_vcpus,
  (h.seen_at > now() - interval '${TIMERS.hostSuspect} milliseconds' OR h.excused_until > now()) AS seen,
  h.cordoned OR h.draining AS closed, h.dry_run, h.network_abilities
FROM hosts h ORDER BY h.id::text`;

/** A beat of a host that is heard is never older than this. */
const LATEST_BEAT = 1.5 * TIMERS.heartbeat;

const EXCUSE = `
UPDATE hosts SET excused_until = now() + interval '${TIMERS.hostSuspect} milliseconds'
WHERE seen_at > now() - interval '${TIMERS.hostLost} milliseconds'
  AND NOT EXISTS (SELECT FROM hosts h WHERE h.seen_at > now() - interval '${LATEST_BEAT} milliseconds')`;

interface FactsRow {
  id: string;
  name: string;
  labels: HostEntity['labels'];
  cpus: number;
  memory_mib: number;
  cpu_overcommit_percent: number;
  memory_overcommit_percent: number;
  reserved_memory_mib: number;
  reserved_vcpus: number;
  seen: boolean | null;
  closed: boolean;
  dry_run: boolean;
  network_abilities: HostEntity['networkAbilities'];
}

const UNTOLD = `h.told_state IS DISTINCT FROM (${HOST_STATE})`;
const UNTOLD_HELD = `
SELECT h.id, h.name, h.told_state AS old, (${HOST_STATE}) AS new FROM hosts h
WHERE ${UNTOLD} AND ($1::uuid IS NULL OR h.id = $1) ORDER BY h.id FOR UPDATE SKIP LOCKED`;

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const LISTED: Listed = {
  id: 'h.id',
  name: 'h.name',
  labels: 'h.labels',
  filters: {
    state: `(${HOST_STATE}) = ?`,
    name: 'h.name = ?',
    updatedSince: 'h.updated_at >= ?::timestamptz',
  },
};

export class HostRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Notes a heartbeat; says whether the host was unknown until now. */
  async beat(beat: Heartbeat): Promise<boolean> {
    const { capacity, hypervisor } = beat;
    const rows: { added: boolean }[] = await this.manager.query(BEAT, [
      beat.hostId,
      beat.hostName,
      beat.bootId,
      beat.agentVersion,
      beat.startCount,
      capacity.cpus,
      capacity.memoryMib,
      capacity.storageBytes,
      capacity.storageFreeBytes,
      hypervisor.qemuVersion,
      hypervisor.accelerator,
      hypervisor.acceleratorReason,
      hypervisor.dryRun,
      beat.draining,
      JSON.stringify(beat.orphans),
      beat.confinement ? JSON.stringify(beat.confinement) : null,
      beat.networkAbilities ? JSON.stringify(beat.networkAbilities) : null,
      beat.identity?.machineId ?? null,
      beat.identity?.incarnation ?? null,
    ]);
    return rows[0]?.added === true;
  }

  /** Nobody listened until now: when not one host was heard, the silence of those that may live is none of theirs. */
  async excuse(): Promise<void> {
    await this.manager.query(EXCUSE);
  }

  async get(id: string): Promise<SeenHost | undefined> {
    return (await this.read('WHERE h.id = $1', [id]))[0];
  }

  async byName(name: string): Promise<SeenHost | undefined> {
    return (await this.read('WHERE h.name = $1', [name]))[0];
  }

  async page(wish: ListWish): Promise<Page<SeenHost>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    return listedPage(await this.read(tail, values), list, ({ host }) => host);
  }

  async ids(): Promise<string[]> {
    return (await this.manager.find(HostEntity, { select: { id: true } })).map((host) => host.id);
  }

  async find(nameOrId: string): Promise<SeenHost | undefined> {
    return UUID.test(nameOrId) ? this.get(nameOrId) : this.byName(nameOrId);
  }

  /** An administrator's word; heartbeats leave it as it is. */
  async setUpkeep(id: string, upkeep: Upkeep): Promise<void> {
    await this.manager.update(HostEntity, { id }, { upkeep, cordoned: upkeep !== 'open' });
  }

  async haveUntoldStates(): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(`SELECT 1 FROM hosts h WHERE ${UNTOLD} LIMIT 1`);
    return rows.length > 0;
  }

  /** An event for each host whose state is another one than was told last; of all hosts, or of this one. */
  async tellStates(who: { cause: Origin; requestId: string }, id?: string): Promise<void> {
    const rows: { id: string; name: string; old: string | null; new: string }[] = await this.manager.query(
      UNTOLD_HELD,
      [id ?? null],
    );
    for (const host of rows) {
      await this.manager.query('UPDATE hosts SET told_state = $2 WHERE id = $1', [host.id, host.new]);
      await new FactRepository(this.manager).tell({
        type: 'host.state',
        project: null,
        resourceKind: 'host',
        resourceId: host.id,
        resourceName: host.name,
        generation: null,
        old: host.old ?? '',
        new: host.new,
        ...who,
      });
    }
  }

  /** Held against other changes until the transaction ends. */
  async lock(id: string): Promise<HostEntity | undefined> {
    const lock = { mode: 'pessimistic_write' } as const;
    return (await this.manager.findOne(HostEntity, { where: { id }, lock })) ?? undefined;
  }

  async change(id: string, change: Partial<HostEntity>): Promise<void> {
    await this.manager.update(HostEntity, { id }, change);
  }

  /** All that were not heard in time, or that are to be emptied. */
  async toEmpty(): Promise<SeenHost[]> {
    const where = `(${HOST_SEEN} IS NOT TRUE AND h.upkeep <> 'maintenance') OR h.upkeep = 'draining'`;
    return this.read(`WHERE ${where} ORDER BY h.id`);
  }

  /** What a placement looks at, of every host: no more, since each create reads it. */
  async facts(): Promise<HostFacts[]> {
    const [pools, rows] = await together(
      new PoolRepository(this.manager).facts(),
      this.manager.query<FactsRow[]>(FACTS),
    );
    return rows.map((row) => ({
      pools: pools.get(row.id),
      hostId: row.id,
      name: row.name,
      labels: row.labels,
      cpus: row.cpus,
      memoryMib: row.memory_mib,
      cpuOvercommitPercent: row.cpu_overcommit_percent,
      memoryOvercommitPercent: row.memory_overcommit_percent,
      usedMemoryMib: row.reserved_memory_mib,
      usedVcpus: row.reserved_vcpus,
      alive: row.seen === true,
      cordoned: row.closed,
      dryRun: row.dry_run,
      networks: row.network_abilities ?? undefined,
    }));
  }

  /** Promises memory and CPUs of a host, or gives them back when negative; says whether they were there. */
  async reserve(id: string, memoryMib: number, vcpus: number): Promise<boolean> {
    // TypeORM answers an UPDATE with [rows, count].
    const [rows]: [unknown[], number] = await this.manager.query(RESERVE, [id, memoryMib, vcpus]);
    return rows.length === 1;
  }

  private async read(tail: string, values: unknown[] = []): Promise<SeenHost[]> {
    const extra: { id: string; seen: boolean | null; silent_ms: number | null; vm_count: string }[] =
      await this.manager.query(
        `SELECT h.id, ${HOST_SEEN} AS seen, (extract(epoch FROM now() - h.seen_at) * 1000)::float8 AS silent_ms,
         (SELECT count(*) FROM vms v WHERE v.host_id = h.id) AS vm_count
       FROM hosts h ${tail}`,
        values,
      );
    const hosts = await this.manager
      .createQueryBuilder(HostEntity, 'h')
      .where('h.id = ANY(:ids::uuid[])', { ids: extra.map((it) => it.id) })
      .getMany();
    const byId = new Map(hosts.map((host) => [host.id, host]));
    return extra.flatMap((it) => {
      const host = byId.get(it.id);
      const silentMs = it.silent_ms ?? undefined;
      return host ? [{ host, seen: it.seen === true, silentMs, vmCount: Number(it.vm_count) }] : [];
    });
  }
}
