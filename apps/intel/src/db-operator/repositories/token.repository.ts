import type { EntityManager } from 'typeorm';
import { TokenEntity } from '../entities/index.js';
import { type Row, rowReader } from '../entity-rows.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';

const LISTED: Listed = {
  id: 't.id',
  name: 't.name',
  filters: { within: 't.project = ?', project: 't.project = ?', name: 't.name = ?', role: 't.role = ?' },
};

export class TokenRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(token: Partial<TokenEntity>): Promise<void> {
    await this.manager.insert(TokenEntity, token);
  }

  /** The token with this hash, unless it has expired. */
  async valid(sha256: string): Promise<TokenEntity | undefined> {
    const rows: Row[] = await this.manager.query(
      'SELECT * FROM tokens WHERE sha256 = $1 AND (expires_at IS NULL OR expires_at > now())',
      [sha256],
    );
    return rows.map(rowReader(this.manager, TokenEntity))[0];
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

  async page(wish: ListWish): Promise<Page<TokenEntity>> {
    const list = listing(LISTED, wish);
    const query = this.manager.createQueryBuilder(TokenEntity, 't');
    return listedPage(await narrow(query, list).getMany(), list, (token) => token);
  }

  async count(): Promise<number> {
    return this.manager.count(TokenEntity);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.manager.delete(TokenEntity, { id })).affected === 1;
  }
}
