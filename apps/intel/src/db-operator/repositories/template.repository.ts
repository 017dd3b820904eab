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

  async importing(): Promise<TemplateEntity[]> {
    return this.manager.findBy(TemplateEntity, { state: 'importing' });
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

  /** Names of the VMs that need it. */
  async users(id: string): Promise<string[]> {
    const rows: { name: string }[] = await this.manager.query(
      `SELECT DISTINCT v.name FROM vms v LEFT JOIN disks d ON d.vm_id = v.id
       WHERE v.template_id = $1 OR d.template_id = $1 ORDER BY v.name LIMIT 20`,
      [id],
    );
    return rows.map((row) => row.name);
  }

  async remove(id: string): Promise<void> {
    await this.manager.delete(TemplateEntity, { id });
  }
}
