import type { EntityManager } from 'typeorm';
import { VmanError } from '#libs/errors';
import { announce } from '../notify.js';

export interface StoredAnswer {
  requestHash: string;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** How long a second caller waits for the first one's transaction. */
const WAIT_MS = 5_000;
const KEPT_HOURS = 24;

/** In place of a status: what was asked for may have been done or not, and nobody will know. */
const LOST = 0;

interface KeptRow {
  request_hash: string;
  /** null: it is being worked at, outside of a transaction. */
  status: number | null;
  headers: Record<string, string>;
  body: unknown;
  age_ms: number;
}

/**
 * Keys that make a repeated request harmless. The row of a key is the first insert of the transaction that does the
 * work: a second caller waits on its unique index, and nothing stays behind when the process dies.
 *
 * Work that no transaction can hold, such as what is asked of a guest, commits its key before it begins and its answer
 * afterwards. A key whose answer did not come in time stands for work that may have been done.
 */
export class IdempotencyRepository {
  constructor(private readonly manager: EntityManager) {}

  /**
   * Claims the key; or answers what the first request with it was told. `answerWithinMs`: what work outside of a
   * transaction may take. Throws idempotency_key_reused, idempotency_in_progress, conflict.
   */
  async claim(
    tokenId: string,
    key: string,
    requestHash: string,
    answerWithinMs = 0,
  ): Promise<StoredAnswer | undefined> {
    await this.manager.query(`SELECT set_config('lock_timeout', $1, true)`, [`${WAIT_MS}ms`]);
    const rows = await this.insert(tokenId, key, requestHash);
    await this.manager.query(`SELECT set_config('lock_timeout', '0', true)`);
    return rows === 1 ? undefined : this.find(tokenId, key, requestHash, answerWithinMs);
  }

  /** What the first request with the key was told; undefined when there was none. Throws like `claim`. */
  async find(
    tokenId: string,
    key: string,
    requestHash: string,
    answerWithinMs = 0,
  ): Promise<StoredAnswer | undefined> {
    const found: KeptRow[] = await this.manager.query(
      `SELECT request_hash, status, headers, body,
         (extract(epoch FROM clock_timestamp() - created_at) * 1000)::float8 AS age_ms
       FROM idempotency_keys WHERE token_id = $1 AND key = $2`,
      [tokenId, key],
    );
    const first = found[0];
    if (!first) return undefined;
    if (first.request_hash !== requestHash) {
      throw new VmanError(
        'idempotency_key_reused',
        'This Idempotency-Key was sent before with another request.',
      );
    }
    const { status, headers, body } = first;
    if (status === null && first.age_ms < answerWithinMs) throw atWork();
    if (status === null || status === LOST) {
      throw new VmanError(
        'conflict',
        'A request with this Idempotency-Key was begun, and its answer was lost.',
        {
          hint: 'Look at what it did; with another key it is done again.',
        },
      );
    }
    return { requestHash, status, headers, body };
  }

  /** It was not done: the same request may be tried again. */
  async release(tokenId: string, key: string): Promise<void> {
    await this.manager.query('DELETE FROM idempotency_keys WHERE token_id = $1 AND key = $2', [tokenId, key]);
  }

  async lose(tokenId: string, key: string): Promise<void> {
    await this.store(tokenId, key, { status: LOST, headers: {}, body: null });
  }

  /** Wakes those who wait for the answer to a request. */
  async tell(requestHash: string): Promise<void> {
    await announce(this.manager, 'answer', requestHash);
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
      throw atWork(cause);
    }
  }
}

const atWork = (cause?: unknown) =>
  new VmanError('idempotency_in_progress', 'The first request with this key is still at work.', {
    retryAfterSeconds: 1,
    cause,
  });
