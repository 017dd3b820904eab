import type { EntityManager } from 'typeorm';
import { TokenEntity } from '../entities/index.js';

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

  async get(id: string): Promise<TokenEntity | undefined> {
    return (await this.manager.findOneBy(TokenEntity, { id })) ?? undefined;
  }

  async all(): Promise<TokenEntity[]> {
    return this.manager.find(TokenEntity, { order: { id: 'ASC' } });
  }

  async count(): Promise<number> {
    return this.manager.count(TokenEntity);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.manager.delete(TokenEntity, { id })).affected === 1;
  }
}
