import { type EntityManager, In, IsNull } from 'typeorm';
import { TemplateEntity } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';

const within = (projects: string[] | null) => (projects === null ? {} : { project: In(projects) });

const LISTED: Listed = {
  id: 't.id',
  name: 't.name',
  filters: {
    within: `t.project IN ('', ?)`,
    project: `t.project IN ('', ?)`,
    name: 't.name = ?',
    family: 't.family = ?',
    state: 't.state = ?',
    updatedSince: 't.updated_at >= ?::timestamptz',
  },
};

export class TemplateRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(template: Partial<TemplateEntity>): Promise<void> {
    await this.manager.insert(TemplateEntity, template);
  }

  /** `projects`: only of these; the empty one is that of the shared ones. null: of all. */
  async get(id: string, projects: string[] | null = null): Promise<TemplateEntity | undefined> {
    return (await this.manager.findOneBy(TemplateEntity, { id, ...within(projects) })) ?? undefined;
  }

  /** One of a project goes before a shared one; without projects, the shared one, or the only one of the name. */
  async byName(name: string, projects: string[] | null): Promise<TemplateEntity | undefined> {
    const where = { name, ...within(projects) };
    const order = { project: projects === null ? 'ASC' : 'DESC' } as const;
    const [first, second] = await this.manager.find(TemplateEntity, { where, order, take: 2 });
    const clear = projects !== null || first?.project === '' || second === undefined;
    return clear ? first : undefined;
  }

  /** The newest of a family that is ready. */
  async newestOf(family: string, projects: string[] | null): Promise<TemplateEntity | undefined> {
    const where = { family, state: 'ready', ...within(projects) } as const;
    const order = { project: projects === null ? 'ASC' : 'DESC', id: 'DESC' } as const;
    return (await this.manager.findOne(TemplateEntity, { where, order })) ?? undefined;
  }

  /** What another template of the project is called by the name or family that this one wants. */
  async taken(
    project: string,
    name: string,
    family: string | undefined,
  ): Promise<'name' | 'family' | undefined> {
    if (await this.manager.existsBy(TemplateEntity, { project, family: name })) return 'name';
    if (family === undefined) return undefined;
    return family === name || (await this.byName(family, [project])) ? 'family' : undefined;
  }

  /** One more than the highest number among the versions of a family. */
  async nextVersion(project: string, family: string): Promise<string> {
    const rows: { next: string }[] = await this.manager.query(
      `SELECT coalesce(max(version::bigint), 0) + 1 AS next FROM templates
       WHERE project = $1 AND family = $2 AND version ~ '^[0-9]{1,15}$'`,
      [project, family],
    );
    return String(rows[0]?.next ?? 1);
  }

  async importing(): Promise<TemplateEntity[]> {
    return this.manager.find(TemplateEntity, { where: { state: 'importing' }, order: { id: 'ASC' } });
  }

  /** Takes the upload of a template, unless another one is alive; false when there is nothing to take. */
  async beginUpload(id: string, aliveForMs: number): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `WITH taken AS (
         UPDATE templates SET upload_seen_at = now()
         WHERE id = $1 AND state = 'importing' AND digest IS NULL AND source_type IN ('upload', 'vm')
           AND (upload_seen_at IS NULL OR upload_seen_at < now() - $2::float8 * interval '1 millisecond')
         RETURNING id)
       SELECT id FROM taken`,
      [id, aliveForMs],
    );
    return rows.length === 1;
  }

  async uploadAlive(id: string): Promise<void> {
    await this.manager.query(
      `UPDATE templates SET upload_seen_at = now() WHERE id = $1 AND state = 'importing'`,
      [id],
    );
  }

  /** The upload broke off; another one may be tried. */
  async forgetUpload(id: string): Promise<void> {
    await this.manager.update(TemplateEntity, { id }, { uploadSeenAt: null });
  }

  /** Of those that are uploaded: not alive for `deadMs`, or not begun for `unbegunMs`. */
  async deadUploads(deadMs: number, unbegunMs: number): Promise<TemplateEntity[]> {
    return this.manager
      .createQueryBuilder(TemplateEntity, 't')
      .where(`t.state = 'importing' AND t.source_type IN ('upload', 'vm')`)
      .andWhere(
        `(t.upload_seen_at < now() - :dead::float8 * interval '1 millisecond'
          OR t.source_type = 'upload' AND t.upload_seen_at IS NULL
             AND t.created_at < now() - :unbegun::float8 * interval '1 millisecond')`,
        { dead: deadMs, unbegun: unbegunMs },
      )
      .getMany();
  }

  /** Until the end of the transaction nobody else names or removes this image. */
  async lockImage(digest: string): Promise<void> {
    await this.manager.query(`SELECT pg_advisory_xact_lock(('x' || left($1, 15))::bit(60)::bigint)`, [
      digest,
    ]);
  }

  /** Changes it while it is being imported; false when that has ended. */
  async updateImporting(id: string, change: Partial<TemplateEntity>): Promise<boolean> {
    const result = await this.manager.update(TemplateEntity, { id, state: 'importing' }, change);
    return result.affected === 1;
  }

  /** The same, unless its image has been named; false when it has. */
  async giveUpImport(id: string, change: Partial<TemplateEntity>): Promise<boolean> {
    const where = { id, state: 'importing' as const, digest: IsNull() };
    return (await this.manager.update(TemplateEntity, where, change)).affected === 1;
  }

  /** Whether a usable template needs this file. */
  async digestInUse(digest: string): Promise<boolean> {
    return this.manager.existsBy(TemplateEntity, { digest });
  }

  /** Those of a project and those that all share. */
  async page(wish: ListWish): Promise<Page<TemplateEntity>> {
    const list = listing(LISTED, wish);
    const query = this.manager.createQueryBuilder(TemplateEntity, 't');
    return listedPage(await narrow(query, list).getMany(), list, (template) => template);
  }

  async update(id: string, change: Partial<TemplateEntity>): Promise<void> {
    await this.manager.update(TemplateEntity, { id }, change);
  }

  /** The VMs, and the disks outside of VMs, that need it. */
  async users(id: string): Promise<string[]> {
    const rows: { user: string }[] = await this.manager.query(
      `SELECT DISTINCT 'VM ' || v.name AS user FROM vms v LEFT JOIN disks d ON d.vm_id = v.id
         WHERE v.template_id = $1 OR d.template_id = $1
       UNION SELECT 'disk ' || coalesce(nullif(d.name, ''), d.id::text) FROM disks d WHERE d.vm_id IS NULL AND d.template_id = $1
       ORDER BY 1 LIMIT 20`,
      [id],
    );
    return rows.map((row) => row.user);
  }

  async remove(id: string): Promise<void> {
    await this.manager.delete(TemplateEntity, { id });
  }
}
