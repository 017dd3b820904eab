import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Templates of families, from uploads, URLs and VMs; uploads are seen alive. */
export class TemplateSources1763900200000 implements MigrationInterface {
  name = 'TemplateSources1763900200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE templates
        ADD COLUMN source_type text NOT NULL DEFAULT 'file'
          CHECK (source_type IN ('file', 'upload', 'url', 'vm')),
        ADD COLUMN source_etag text,
        ADD COLUMN upload_seen_at timestamptz,
        ADD COLUMN family text CHECK (family ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
        ADD COLUMN version text,
        ADD COLUMN default_machine text,
        ADD COLUMN default_firmware text,
        ADD CONSTRAINT template_version CHECK ((family IS NULL) = (version IS NULL)),
        ADD CONSTRAINT template_versions UNIQUE (family, version)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE templates DROP COLUMN source_type, DROP COLUMN source_etag, DROP COLUMN upload_seen_at,
        DROP COLUMN family, DROP COLUMN version, DROP COLUMN default_machine, DROP COLUMN default_firmware`);
  }
}
