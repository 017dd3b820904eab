import type { EntityManager } from 'typeorm';

export interface KnownStream {
  stream: string;
  created: string;
  lastSequence: number;
}

/** What intel last knew of each stream: how it notices that the bus lost them. */
export class BusStateRepository {
  constructor(private readonly manager: EntityManager) {}

  async all(): Promise<KnownStream[]> {
    const rows: { stream: string; created: string; last_sequence: string }[] = await this.manager.query(
      'SELECT stream, created, last_sequence FROM bus_state',
    );
    return rows.map((row) => ({
      stream: row.stream,
      created: row.created,
      lastSequence: Number(row.last_sequence),
    }));
  }

  async save(state: KnownStream): Promise<void> {
    await this.manager.query(
      `INSERT INTO bus_state (stream, created, last_sequence, seeded_at) VALUES ($1, $2, $3, now())
       ON CONFLICT (stream) DO UPDATE SET created = EXCLUDED.created, last_sequence = EXCLUDED.last_sequence,
         seeded_at = now()`,
      [state.stream, state.created, state.lastSequence],
    );
  }
}
