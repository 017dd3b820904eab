import type { EntityManager } from 'typeorm';

/** Secrets that all replicas share and that nobody sets by hand. */
export class SecretRepository {
  constructor(private readonly manager: EntityManager) {}

  /** The value of the name; `made` becomes it when there is none yet. */
  async ensure(name: string, made: string): Promise<string> {
    await this.manager.query('INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      name,
      made,
    ]);
    const rows: { value: string }[] = await this.manager.query('SELECT value FROM secrets WHERE name = $1', [
      name,
    ]);
    return rows[0]?.value ?? made;
  }
}
