import type { EntityManager } from 'typeorm';

export interface Leader {
  epoch: number;
  observerId: string;
  /** Whether it is the one that asked. */
  leads: boolean;
}

/** One statement: of two that ask at once, the row lets one have it. The clock is the database's. */
const CLAIM = `
UPDATE observer_leader SET
  epoch = CASE WHEN observer_id = $1 THEN epoch ELSE epoch + 1 END,
  since = CASE WHEN observer_id = $1 THEN since ELSE now() END,
  observer_id = $1,
  expires_at = now() + $2::float8 * interval '1 millisecond'
WHERE observer_id = $1 OR expires_at <= now()`;

/** Which observer leads. Its epoch counts the changes. */
export class LeadRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Takes or renews the lead for `leaseMs`, if nobody else has it, and says who has it now. */
  async claim(observerId: string, leaseMs: number): Promise<Leader> {
    await this.manager.query(CLAIM, [observerId, leaseMs]);
    const rows: { epoch: string; observer_id: string | null }[] = await this.manager.query(
      'SELECT epoch, observer_id FROM observer_leader',
    );
    const leader = rows[0]?.observer_id ?? '';
    return { epoch: Number(rows[0]?.epoch ?? 0), observerId: leader, leads: leader === observerId };
  }

  /** Gives it up, so that the next one need not wait for the end of the lease. */
  async release(observerId: string): Promise<void> {
    await this.manager.query(
      `UPDATE observer_leader SET observer_id = NULL, expires_at = '-infinity' WHERE observer_id = $1`,
      [observerId],
    );
  }
}
