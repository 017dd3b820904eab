import type { EntityManager } from 'typeorm';
import { VmanError } from '#libs/errors';

export interface StoredAnswer {
  requestHash: string;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** How long a second caller waits for the first one's transaction. */
const WAIT_MS = 5_000;
const KEPT_HOURS = 24;

/**
 * Keys that make a repeated request harmless. The row of a key is the first insert of the transaction that does the
 * work: a second caller waits on its unique index, and nothing stays behind when the process dies.
 */
export class IdempotencyRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Claims the key; or answers what the first request with it was told. */
  async claim(tokenId: string, key: string, requestHash: string): Promise<StoredAnswer | undefined> {
    await this.manager.query(`SELECT set_config('lock_timeout', $1, true)`, [`${WAIT_MS}ms`]);
    const rows = await this.insert(tokenId, key, requestHash);
    await this.manager.query(`SELECT set_config('lock_timeout', '0', true)`);
    if (rows === 1) return undefined;
    const found: { request_hash: string; status: number; headers: Record<string, string>; body: unknown }[] =
      await this.manager.query('SELECT * FROM idempotency_keys WHERE token_id = $1 AND key = $2', [
        tokenId,
        key,
      ]);
    const first = found[0];
    if (!first) return undefined;
    if (first.request_hash !== requestHash) {
      throw new VmanError(
        'idempotency_key_reused',
        'This Idempotency-Key was sent before with another request.',
      );
    }
    return { requestHash, status: first.status, headers: first.headers, body: first.body };
  }

  async store(tokenId: string, key: string, answer: Omit<StoredAnswer, 'requestHash'>): Promise<void> {
    await this.manager.query(
      'UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE token_id = $1 AND key = $2',
      [tokenId, key, answer.status, JSON.stringify(answer.headers), JSON.stringify(answer.body)],
    );
  }

  async removeOld(): Promise<void> {
    await this.manager.query(
      `DELETE FROM idempotency_keys WHERE created_at < now() - $1::int * interval '1 hour'`,
      [KEPT_HOURS],
    );
  }

  private async insert(tokenId: string, key: string, requestHash: string): Promise<number> {
    try {
      const rows: unknown[] = await this.manager.query(
        `INSERT INTO idempotency_keys (token_id, key, request_hash) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING RETURNING key`,
        [tokenId, key, requestHash],
      );
      return rows.length;
    } catch (cause) {
      if ((cause as { code?: string }).code !== '55P03') throw cause;
      throw new VmanError('idempotency_in_progress', 'The first request with this key is still at work.', {
        retryAfterSeconds: 1,
        cause,
      });
    }
  }
}
