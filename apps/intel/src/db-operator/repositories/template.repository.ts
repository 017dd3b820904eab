import type { EntityManager } from 'typeorm';
import { TemplateEntity } from '../entities/index.js';
import { decodeCursor, type Page, pageOf } from '../keyset.js';

export class TemplateRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(template: Partial<TemplateEntity>): Promise<void> {
    await this.manager.insert(TemplateEntity, template);
  }

  async get(id: string): Promise<TemplateEntity | undefined> {
    return (await this.manager.findOneBy(TemplateEntity, { id })) ?? undefined;
  }

  async byName(name: string): Promise<TemplateEntity | undefined> {
    return (await this.manager.findOneBy(TemplateEntity, { name })) ?? undefined;
  }

  /** The newest of a family that is ready. */
  async newestOf(family: string): Promise<TemplateEntity | undefined> {
    const newest = { where: { family, state: 'ready' }, order: { id: 'DESC' } } as const;
    return (await this.manager.findOne(TemplateEntity, newest)) ?? undefined;
  }

  /** What another template is called by the name or family that this one wants. */
  async taken(name: string, family: string | undefined): Promise<'name' | 'family' | undefined> {
    if (await this.manager.existsBy(TemplateEntity, { family: name })) return 'name';
    if (family === undefined) return undefined;
    return family === name || (await this.byName(family)) ? 'family' : undefined;
  }

  /** One more than the highest number among the versions of a family. */
  async nextVersion(family: string): Promise<string> {
    const rows: { next: string }[] = await this.manager.query(
      `SELECT coalesce(max(version::bigint), 0) + 1 AS next FROM templates
       WHERE family = $1 AND version ~ '^[0-9]{1,15}$'`,
      [family],
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

  /** Whether a usable template needs this file. */
  async digestInUse(digest: string): Promise<boolean> {
    return this.manager.existsBy(TemplateEntity, { digest });
  }

  async page(limit: number, cursor?: string): Promise<Page<TemplateEntity>> {
    const query = this.manager
      .createQueryBuilder(TemplateEntity, 't')
      .orderBy('t.id')
      .limit(limit + 1);
    if (cursor) query.where('t.id::text > :id', { id: decodeCursor(cursor, 1)[0] });
    return pageOf(await query.getMany(), limit, (last) => [last.id]);
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
