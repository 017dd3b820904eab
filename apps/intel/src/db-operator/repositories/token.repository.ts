import type { EntityManager } from 'typeorm';
import type { Role } from '#libs/contracts/http';
import { TokenEntity } from '../entities/index.js';
import { decodeCursor, type Page, pageOf } from '../keyset.js';

export interface TokenFilter {
  project?: string;
  name?: string;
  role?: Role;
  limit: number;
  cursor?: string;
}

export class TokenRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(token: Partial<TokenEntity>): Promise<void> {
    await this.manager.insert(TokenEntity, token);
  }

  /** The token with this hash, unless it has expired. */
  async valid(sha256: string): Promise<TokenEntity | undefined> {
    const query = this.manager.createQueryBuilder(TokenEntity, 't').where('t.sha256 = :sha256', { sha256 });
    return (await query.andWhere('(t.expires_at IS NULL OR t.expires_at > now())').getOne()) ?? undefined;
  }

  /** Notes that it is being used. */
  async use(id: string): Promise<void> {
    await this.manager.query(
      `UPDATE tokens SET last_used_at = now()
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '50 seconds')`,
      [id],
    );
  }

  /** With a project: only if it is bound to that. */
  async get(id: string, project: string | null): Promise<TokenEntity | undefined> {
    const within = project === null ? {} : { project };
    return (await this.manager.findOneBy(TokenEntity, { id, ...within })) ?? undefined;
  }

  async page({ project, name, role, limit, cursor }: TokenFilter): Promise<Page<TokenEntity>> {
    const query = this.manager
      .createQueryBuilder(TokenEntity, 't')
      .orderBy('t.id')
      .limit(limit + 1);
    if (project !== undefined) query.andWhere('t.project = :project', { project });
    if (name) query.andWhere('t.name = :name', { name });
    if (role) query.andWhere('t.role = :role', { role });
    if (cursor) query.andWhere('t.id::text > :after', { after: decodeCursor(cursor, 1)[0] });
    return pageOf(await query.getMany(), limit, (last) => [last.id]);
  }

  async count(): Promise<number> {
    return this.manager.count(TokenEntity);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.manager.delete(TokenEntity, { id })).affected === 1;
  }
}
