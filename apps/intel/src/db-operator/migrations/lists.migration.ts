import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What of a row counts as a change of it, where that is not all of it. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  addresses: ['*'],
  backups: ['*'],
  disks: ['*'],
  snapshots: ['*'],
  templates: [
    ...['name', 'state', 'family', 'version', 'digest', 'file_bytes', 'virtual_bytes', 'default_vcpus'],
    ...['default_memory_mib', 'default_machine', 'default_firmware', 'error_code', 'error_message'],
  ],
  pools: ['name', 'kind', 'capacity_bytes', 'overcommit_percent', 'watermark_percent'],
  // not what its agent tells all the time: the time of its heartbeats, its free storage, what is promised of it
  hosts: [
    ...[
      'name',
      'boot_id',
      'agent_version',
      'cpus',
      'memory_mib',
      'storage_bytes',
      'qemu_version',
      'accelerator',
    ],
    ...['accelerator_reason', 'dry_run', 'draining', 'cordoned', 'labels', 'cpu_overcommit_percent'],
    ...[
      'memory_overcommit_percent',
      'upkeep',
      'refused',
      'orphans',
      'confinement',
      'network_abilities',
      'told_state',
    ],
  ],
};

/** Of the orders of each list; those by creation alone are in the primary keys or were there. */
const INDEXES: Readonly<Record<string, readonly string[]>> = {
  vms: ['project, id'],
  disks: ['project, id', 'name, id'],
  snapshots: ['project, id', 'name, id', 'vm_id, id'],
  backups: ['project, id'],
  addresses: ['project, id'],
  templates: ['name, id'],
  networks: ['name, id'],
  hosts: ['name, id'],
  pools: ['name, id'],
  tokens: ['name, id'],
  operations: ['project, queued_at, id'],
  drifts: ['project, detected_at, id'],
  repairs: ['project, decided_at, id'],
  facts: ['project, number'],
};

/**
 * Lists can be asked for what was changed since a time, and cost the same however deep in them one is. Of a host it is
 * kept which of its states was told last.
 */
export class Lists1764500000000 implements MigrationInterface {
  name = 'Lists1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.updated_at := now();
        RETURN NEW;
      END $$`);
    await runner.query('ALTER TABLE hosts ADD COLUMN told_state text');
    for (const [table, columns] of Object.entries(CHANGES)) {
      await runner.query(`ALTER TABLE ${table} ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()`);
      const of = (row: string) => columns.map((column) => `${row}.${column}`).join(', ');
      await runner.query(`
        CREATE TRIGGER ${table}_change BEFORE UPDATE ON ${table} FOR EACH ROW
        WHEN ((${of('OLD')}) IS DISTINCT FROM (${of('NEW')})) EXECUTE FUNCTION note_change()`);
    }
    for (const { name, table, columns } of indexes()) {
      await runner.query(`CREATE INDEX ${name} ON ${table} (${columns})`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of indexes()) await runner.query(`DROP INDEX ${name}`);
    for (const table of Object.keys(CHANGES)) {
      await runner.query(`DROP TRIGGER ${table}_change ON ${table}`);
      await runner.query(`ALTER TABLE ${table} DROP COLUMN updated_at`);
    }
    await runner.query('ALTER TABLE hosts DROP COLUMN told_state');
    await runner.query('DROP FUNCTION note_change()');
  }
}

const indexes = () =>
  Object.entries(INDEXES).flatMap(([table, all]) =>
    all.map((columns) => ({ name: `${table}_listed_${columns.split(', ')[0]}`, table, columns })),
  );
