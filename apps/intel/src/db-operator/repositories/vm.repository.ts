import { type EntityManager, IsNull, Not } from 'typeorm';
import type { VmState } from '#libs/contracts';
import type { Labels, Neighbour, PlacementRules } from '#libs/domain';
import { VmanError } from '#libs/errors';
import { VmEntity } from '../entities/index.js';
import { assignments, insertRows, type Row, rowReader } from '../entity-rows.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';
import { SHOWN_STATE } from '../shown-state.js';

/** A VM with what is known of it only beside its row. */
export interface SeenVm {
  vm: VmEntity;
  shown: VmState;
  hostName: string;
  hostSeenAt: Date | null;
}

/** What a change may write; `generation` and `startGeneration` are the new ones. */
export type VmChange = Partial<Omit<VmEntity, 'id' | 'project' | 'createdAt'>> & { generation: number };

const SEEN = `
SELECT v.*, ${SHOWN_STATE} AS shown, h.name AS host_name, h.seen_at AS host_seen_at
FROM vms v JOIN hosts h ON h.id = v.host_id`;

interface SeenRow extends Row {
  shown: VmState;
  host_name: string;
  host_seen_at: Date | null;
}

const NEIGHBOURS = `
SELECT host_id, name, labels, placement FROM vms
WHERE project = $1 AND presence <> 'deleted' AND id IS DISTINCT FROM $3::uuid
  AND (labels @> ANY ($2::jsonb[]) OR placement IS NOT NULL)`;

interface NeighbourRow {
  host_id: string;
  name: string;
  labels: Labels;
  placement: PlacementRules | null;
}

const LISTED: Listed = {
  id: 'v.id',
  name: 'v.name',
  labels: 'v.labels',
  filters: {
    within: 'v.project = ?',
    project: 'v.project = ?',
    state: `(${SHOWN_STATE}) = ?`,
    host: '(h.name = ? OR h.id::text = ?)',
    name: 'v.name = ?',
    updatedSince: 'v.updated_at >= ?::timestamptz',
    trash: `CASE ? WHEN 'with' THEN true WHEN 'only' THEN v.purge_at IS NOT NULL ELSE v.purge_at IS NULL END`,
  },
};

export class VmRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(vm: Partial<VmEntity>): Promise<void> {
    await insertRows(this.manager, VmEntity, [vm]);
  }

  /** The VM, held against other changes until the transaction ends; one of another project is not waited for. */
  async lock(id: string, project: string | null = null): Promise<SeenVm | undefined> {
    const [within, values] = project === null ? ['', [id]] : ['AND v.project = $2', [id, project]];
    return (await this.seen(`WHERE v.id = $1 ${within} FOR UPDATE OF v`, values))[0];
  }

  async get(id: string): Promise<SeenVm | undefined> {
    return (await this.seen('WHERE v.id = $1', [id]))[0];
  }

  async all(ids: string[]): Promise<SeenVm[]> {
    if (ids.length === 0) return [];
    return this.seen('WHERE v.id = ANY($1::uuid[])', [ids]);
  }

  /** Ids of those whose time in the trash, or at all, is over. One that is protected does not expire. */
  async overdue(now: Date, limit: number): Promise<string[]> {
    const rows: { id: string }[] = await this.manager.query(
      `SELECT id FROM vms WHERE presence = 'present' AND (purge_at <= $1
         OR (expires_at <= $1 AND purge_at IS NULL AND NOT deletion_protection)) LIMIT $2`,
      [now, limit],
    );
    return rows.map((it) => it.id);
  }

  async byName(project: string | undefined, name: string): Promise<SeenVm | undefined> {
    const [within, values] = project === undefined ? ['', [name]] : ['AND v.project = $2', [name, project]];
    const found = await this.seen(`WHERE v.name = $1 ${within} LIMIT 2`, values);
    return found.length === 1 ? found[0] : undefined;
  }

  async page(wish: ListWish): Promise<Page<SeenVm>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    return listedPage(await this.seen(tail, values), list, ({ vm }) => vm);
  }

  /** Those whose host is told of them once this snapshot is there; held against other changes. */
  async waitingFor(snapshotId: string): Promise<VmEntity[]> {
    return this.manager.find(VmEntity, {
      where: { sourceSnapshotId: snapshotId, held: true },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** From now on its host is told of it. */
  async release(id: string): Promise<void> {
    await this.manager.update(VmEntity, { id }, { held: false });
  }

  async forgetSource(id: string): Promise<void> {
    await this.manager.update(VmEntity, { id }, { sourceSnapshotId: null });
  }

  /** Its host has restored it; a later restore that was asked for meanwhile stays. */
  async settleRestore(id: string, restoreGeneration: number): Promise<void> {
    await this.manager.query(
      `UPDATE vms SET restore = NULL WHERE id = $1 AND (restore->>'restoreGeneration')::bigint <= $2`,
      [id, restoreGeneration],
    );
  }

  /** Writes a change made to `expected`; somebody else's change in between is a conflict. */
  async change(id: string, expected: number, change: VmChange): Promise<void> {
    const { set, values } = assignments(this.manager, VmEntity, change, 3);
    const [, changed]: [unknown, number] = await this.manager.query(
      `UPDATE vms SET ${set}, updated_at = now() WHERE id = $1 AND generation = $2`,
      [id, expected, ...values],
    );
    if (changed !== 1) {
      throw new VmanError('conflict', 'The VM was changed by somebody else at the same time.');
    }
  }

  /** Writes what a host reported, unless something newer of it is there; says whether it did. */
  async observe(
    id: string,
    rev: { startCount: number; sequence: number },
    seen: Partial<VmEntity>,
  ): Promise<boolean> {
    const { set, values } = assignments(this.manager, VmEntity, seen, 4);
    const [, changed]: [unknown, number] = await this.manager.query(
      `UPDATE vms SET ${set}, rev_start = $2, rev_seq = $3, observed_at = now()
       WHERE id = $1 AND (rev_start, rev_seq) < ($2, $3)`,
      [id, rev.startCount, rev.sequence, ...values],
    );
    return changed === 1;
  }

  /** Those of a host that another host may have, when this one is lost. */
  async withFailover(hostId: string): Promise<VmEntity[]> {
    return this.manager.find(VmEntity, {
      where: { hostId, presence: 'present', failoverPoolId: Not(IsNull()) },
      order: { bootPriority: 'DESC', id: 'ASC' },
    });
  }

  async ofHost(hostId: string): Promise<VmEntity[]> {
    return this.manager.find(VmEntity, { where: { hostId }, order: { id: 'ASC' } });
  }

  async revisionsOfHost(hostId: string): Promise<{ id: string; revStart: number; revSeq: number }[]> {
    return this.manager.find(VmEntity, {
      where: { hostId },
      select: { id: true, revStart: true, revSeq: true },
    });
  }

  /** Of all VMs, for a stream that lost them. */
  async placements(): Promise<{ id: string; hostId: string }[]> {
    return this.manager.find(VmEntity, { select: { id: true, hostId: true } });
  }

  /** Those of its project that a newcomer seeks, or that may shun it, by their host. */
  async neighbours(
    project: string,
    sought: readonly Labels[],
    except?: string,
  ): Promise<Map<string, Neighbour[]>> {
    const rows: NeighbourRow[] = await this.manager.query(NEIGHBOURS, [
      project,
      sought.map((labels) => JSON.stringify(labels)),
      except ?? null,
    ]);
    const byHost = new Map<string, Neighbour[]>();
    for (const { host_id, name, labels, placement } of rows) {
      const shuns = placement?.antiAffinity.filter((it) => it.required).map((it) => it.labels) ?? [];
      byHost.set(host_id, [...(byHost.get(host_id) ?? []), { name, labels, shuns }]);
    }
    return byHost;
  }

  /** One at a time of those whose place depends on where others are; until the transaction ends. */
  async lockPlacement(project: string): Promise<void> {
    await this.manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('placement ' || $1, 0))`, [
      project,
    ]);
  }

  async forgetSequences(): Promise<void> {
    await this.manager.query('UPDATE vms SET desired_sequence = 0');
  }

  async remove(id: string): Promise<void> {
    await this.manager.delete(VmEntity, { id });
  }

  private async seen(tail: string, values: unknown[]): Promise<SeenVm[]> {
    const rows: SeenRow[] = await this.manager.query(`${SEEN} ${tail}`, values);
    const read = rowReader(this.manager, VmEntity);
    return rows.map((row) => ({
      vm: read(row),
      shown: row.shown,
      hostName: row.host_name,
      hostSeenAt: row.host_seen_at,
    }));
  }
}
