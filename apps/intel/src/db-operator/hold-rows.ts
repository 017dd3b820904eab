import type { EntityManager } from 'typeorm';

/** What is held, by the column that names its rows. */
const KEYS = {
  addresses: 'id',
  backups: 'id',
  disks: 'id',
  hosts: 'id',
  networks: 'id',
  operations: 'id',
  pools: 'id',
  projects: 'id',
  repair_pauses: 'id',
  snapshots: 'id',
  stray_disks: 'disk_id',
  templates: 'id',
  tokens: 'id',
  vms: 'id',
} as const;

export interface HeldRow {
  table: keyof typeof KEYS;
  id: string;
}

/** Nobody changes them until the transaction ends; rows that refer to them can still be made. */
export async function holdRows(manager: EntityManager, rows: readonly HeldRow[]): Promise<void> {
  for (const { table, id } of rows) {
    await manager.query(`SELECT 1 FROM ${table} WHERE ${KEYS[table]} = $1 FOR NO KEY UPDATE`, [id]);
  }
}
