import { type EntityManager, IsNull } from 'typeorm';
import type { Origin, StepRecord } from '#libs/contracts';
import type { OperationKind, OperationStatus } from '#libs/contracts/http';
import type { ErrorCode } from '#libs/errors';
import { currentContext } from '#libs/logging';
import { OperationEntity } from '../entities/index.js';
import { assignments, insertRows, type Row, rowReader } from '../entity-rows.js';
import type { Page } from '../keyset.js';
import { exactTime, type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';
import { announce, pendingOf } from '../notify.js';
import { FactRepository } from './fact.repository.js';

/** How an operation ends. */
export type OperationEnd =
  | { status: 'succeeded' }
  | { status: 'failed'; code: string; message: string }
  | { status: 'cancelled'; code: ErrorCode; message: string; successorId: string | null };

/** What the feed of events tells of one. */
interface ToldOperation {
  id: string;
  kind: OperationKind;
  project: string | null;
  resource_name: string;
  generation: string | number | null;
  origin: Origin;
  request_id: string;
}
const TOLD = 'id, kind, project, resource_name, generation, origin, request_id';

/** What is measured of one that has ended. */
interface EndedRow extends ToldOperation {
  vm_id: string | null;
  host_id: string | null;
  error_code: string | null;
  traceparent: string | null;
  queued_at: Date;
  started_at: Date;
  finished_at: Date;
  steps: StepRecord[];
}
const ENDED = `${TOLD}, vm_id, host_id, error_code, traceparent, queued_at, started_at, finished_at, steps`;

const toldOf = (it: OperationEntity): ToldOperation => ({
  id: it.id,
  kind: it.kind,
  project: it.project ?? null,
  resource_name: it.resourceName ?? '',
  generation: it.generation ?? null,
  origin: it.origin,
  request_id: it.requestId,
});

const LISTED: Listed = {
  id: 'o.id',
  at: 'o.queued_at',
  filters: {
    within: 'o.project = ?',
    project: 'o.project = ?',
    status: 'o.status = ?',
    vm: 'o.vm_id = ?',
    kind: 'o.kind = ?',
    origin: 'o.origin = ?',
    updatedSince: 'o.progressed_at >= ?::timestamptz',
  },
  usual: '-createdAt',
};

const ADD_STEPS = `
UPDATE operations SET steps = o.steps || fresh.list, progressed_at = now(), phase = fresh.list->-1->>'step'
FROM operations AS o, LATERAL (
  SELECT jsonb_agg(told.step ORDER BY told.place) AS list
  FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS told (step, place)
  WHERE NOT EXISTS (
    SELECT 1 FROM jsonb_array_elements(o.steps) AS known
    WHERE known->>'step' = told.step->>'step' AND known->>'startedAtMs' = told.step->>'startedAtMs')) AS fresh
WHERE o.id = $1 AND operations.id = o.id AND fresh.list IS NOT NULL`;

/** Of the work that it is made in. */
const traceOf = () => currentContext().traceparent ?? null;

export class OperationRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(operation: Partial<OperationEntity> & { id: string }): Promise<void> {
    await insertRows(this.manager, OperationEntity, [{ ...operation, traceparent: traceOf() }]);
    await this.tell(operation as OperationEntity, 'queued');
  }

  /** From now on, by the clock of the database. */
  async setDeadline(id: string, inMs: number): Promise<void> {
    await this.manager.query(
      `UPDATE operations SET deadline_at = now() + $2::float8 * interval '1 millisecond' WHERE id = $1`,
      [id, inMs],
    );
  }

  /** Open commands whose deadline passed `graceMs` ago without a word of their host. */
  async overdueCommands(graceMs: number): Promise<OperationEntity[]> {
    return this.manager
      .createQueryBuilder(OperationEntity, 'o')
      .where(
        `o.finished_at IS NULL AND o.command IS NOT NULL
         AND o.deadline_at < now() - :grace::float8 * interval '1 millisecond'`,
        { grace: graceMs },
      )
      .getMany();
  }

  /** Adds what was done for it, also when it has ended meanwhile; a step that is known is not added again. */
  async addSteps(id: string, steps: StepRecord[]): Promise<void> {
    await this.manager.query(ADD_STEPS, [id, JSON.stringify(steps)]);
    await announce(this.manager, 'operation', id);
  }

  /** Inserts it unless its id exists; says whether it did. */
  async insertNew(operation: Partial<OperationEntity> & { id: string }): Promise<boolean> {
    const result = await this.manager
      .createQueryBuilder()
      .insert()
      .into(OperationEntity)
      .values({ ...operation, traceparent: traceOf() })
      .orIgnore()
      .returning('id')
      .execute();
    const inserted = (result.raw as unknown[]).length === 1;
    if (inserted) await this.tell(operation as OperationEntity, operation.status ?? 'queued');
    return inserted;
  }

  /** The traces of what VMs were last changed by, as far as there are any. */
  async tracesOfCauses(vmIds: string[]): Promise<Map<string, string>> {
    if (vmIds.length === 0) return new Map();
    const rows: { id: string; traceparent: string }[] = await this.manager.query(
      `SELECT v.id, o.traceparent FROM vms v JOIN operations o ON o.id = v.cause_operation_id
       WHERE v.id = ANY($1::uuid[]) AND o.traceparent IS NOT NULL`,
      [vmIds],
    );
    return new Map(rows.map(({ id, traceparent }) => [id, traceparent]));
  }

  async get(id: string): Promise<OperationEntity | undefined> {
    return (await this.select('WHERE id = $1', [id]))[0];
  }

  /** Whether it is over, or not even there. */
  async hasEnded(id: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      'SELECT 1 FROM operations WHERE id = $1 AND finished_at IS NULL',
      [id],
    );
    return rows.length === 0;
  }

  /** Times of the API are whole milliseconds. */
  async hasChanged(id: string, since: Date): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `SELECT 1 FROM operations WHERE id = $1 AND finished_at IS NULL
         AND date_trunc('milliseconds', progressed_at) <= $2`,
      [id, since],
    );
    return rows.length === 0;
  }

  async lock(id: string): Promise<OperationEntity | undefined> {
    const lock = { mode: 'pessimistic_write' } as const;
    return (await this.manager.findOne(OperationEntity, { where: { id }, lock })) ?? undefined;
  }

  async openOfVm(vmId: string): Promise<OperationEntity[]> {
    return this.select('WHERE vm_id = $1 AND finished_at IS NULL ORDER BY queued_at', [vmId]);
  }

  async openOfTemplate(templateId: string): Promise<OperationEntity | undefined> {
    const open = { finishedAt: IsNull() };
    const where = [
      { ...open, templateId },
      { ...open, resourceKind: 'template' as const, resourceId: templateId },
    ];
    return (await this.manager.findOneBy(OperationEntity, where)) ?? undefined;
  }

  async openOfHost(hostId: string, kind: OperationKind): Promise<OperationEntity | undefined> {
    const where = { resourceKind: 'host' as const, resourceId: hostId, kind, finishedAt: IsNull() };
    return (await this.manager.findOneBy(OperationEntity, where)) ?? undefined;
  }

  async openCommands(): Promise<OperationEntity[]> {
    const query = this.manager.createQueryBuilder(OperationEntity, 'o');
    return query.where('o.finished_at IS NULL AND o.command IS NOT NULL').orderBy('o.queued_at').getMany();
  }

  /** Open ones that nothing was heard of for `olderThanMs` and that publishing again may help. */
  async stuck(olderThanMs: number, limit: number): Promise<OperationEntity[]> {
    return this.manager
      .createQueryBuilder(OperationEntity, 'o')
      .where(
        `o.finished_at IS NULL AND o.progressed_at < now() - :age::float8 * interval '1 millisecond'
         AND (o.command IS NOT NULL OR o.generation IS NOT NULL)`,
        { age: olderThanMs },
      )
      .orderBy('o.progressed_at')
      .limit(limit)
      .getMany();
  }

  async page(wish: ListWish & { vm?: string }): Promise<Page<OperationEntity>> {
    const list = listing(LISTED, wish);
    const query = this.manager
      .createQueryBuilder(OperationEntity, 'o')
      .addSelect(exactTime('o.queued_at'), 'queued_exactly');
    const { raw, entities } = await narrow(query, list).getRawAndEntities<{ queued_exactly: string }>();
    const rows = entities.map((operation, index) => ({ operation, at: raw[index]?.queued_exactly }));
    const page = listedPage(rows, list, ({ operation: { id }, at }) => ({ id, at }));
    return { ...page, items: page.items.map((row) => row.operation) };
  }

  /** Notes that the host is at it; an operation that has ended stays as it is. */
  async progress(
    id: string,
    seen: Partial<Pick<OperationEntity, 'phase' | 'attempt' | 'progress'>>,
  ): Promise<void> {
    const { set, values } = assignments(this.manager, OperationEntity, { ...seen, status: 'running' }, 2);
    await this.manager.query(
      `UPDATE operations SET ${set}, started_at = coalesce(started_at, now()), progressed_at = now()
       WHERE id = $1 AND finished_at IS NULL`,
      [id, ...values],
    );
    await announce(this.manager, 'operation', id);
  }

  /** What its host has to observe for it to end; null: something else ends it. */
  async setGeneration(id: string, generation: number | null): Promise<void> {
    await this.manager.update(OperationEntity, { id }, { generation });
  }

  /** Ends it; says false when it had ended before. */
  async finish(id: string, end: OperationEnd): Promise<boolean> {
    const error = end.status === 'succeeded' ? {} : { errorCode: end.code, errorMessage: end.message };
    const successor = end.status === 'cancelled' ? { successorId: end.successorId } : {};
    const change = { status: end.status, ...error, ...successor };
    const { set, values } = assignments(this.manager, OperationEntity, change, 2);
    const [[ended]]: [EndedRow[], number] = await this.manager.query(
      `UPDATE operations SET ${set}, started_at = coalesce(started_at, now()), progressed_at = now(),
         finished_at = now()
       WHERE id = $1 AND finished_at IS NULL RETURNING ${ENDED}`,
      [id, ...values],
    );
    if (ended) {
      await this.tell(ended, end.status);
      this.noteEnd(ended, end.status);
    }
    await announce(this.manager, 'operation', id);
    return ended !== undefined;
  }

  private noteEnd(row: EndedRow, status: OperationStatus): void {
    const runner = this.manager.queryRunner;
    if (!runner?.isTransactionActive) return;
    pendingOf(runner).ended.push({
      id: row.id,
      kind: row.kind,
      status,
      vmId: row.vm_id,
      hostId: row.host_id,
      requestId: row.request_id,
      errorCode: row.error_code,
      traceparent: row.traceparent,
      queuedAtMs: row.queued_at.getTime(),
      startedAtMs: row.started_at.getTime(),
      finishedAtMs: row.finished_at.getTime(),
      steps: row.steps,
    });
  }

  private async tell(row: ToldOperation | OperationEntity, status: OperationStatus): Promise<void> {
    const operation = 'request_id' in row ? row : toldOf(row);
    await new FactRepository(this.manager).tell({
      type: `operation.${status}`,
      project: operation.project,
      resourceKind: 'operation',
      resourceId: operation.id,
      resourceName: operation.resource_name,
      generation: operation.generation === null ? null : Number(operation.generation),
      new: operation.kind,
      cause: operation.origin,
      operationId: operation.id,
      requestId: operation.request_id,
    });
  }

  /** The waiting time until the next publication counts from now. */
  async touch(ids: string[]): Promise<void> {
    await this.manager.query('UPDATE operations SET progressed_at = now() WHERE id = ANY($1::uuid[])', [ids]);
  }

  private async select(tail: string, values: unknown[]): Promise<OperationEntity[]> {
    const rows: Row[] = await this.manager.query(`SELECT * FROM operations ${tail}`, values);
    return rows.map(rowReader(this.manager, OperationEntity));
  }
}
