import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit says of which project it is, how it was known who asked, and also what was refused. */
export class Audit1764000100000 implements MigrationInterface {
  name = 'Audit1764000100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE audit
        ADD COLUMN project text,
        ADD COLUMN auth text NOT NULL DEFAULT 'token' CHECK (auth IN ('token', 'none')),
        ADD COLUMN refused_code text,
        ALTER COLUMN resource_kind DROP NOT NULL,
        ALTER COLUMN resource_id DROP NOT NULL`);
    await runner.query(`UPDATE audit SET auth = 'none' WHERE token_id IS NULL`);
    await runner.query(`
      UPDATE audit a SET project = o.project FROM operations o WHERE o.id = a.operation_id`);
    await runner.query('CREATE INDEX audit_of_project ON audit (project, id)');
    await runner.query('CREATE INDEX audit_at ON audit (at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX audit_of_project, audit_at');
    await runner.query('DELETE FROM audit WHERE resource_id IS NULL');
    await runner.query(`
      ALTER TABLE audit DROP COLUMN project, DROP COLUMN auth, DROP COLUMN refused_code,
        ALTER COLUMN resource_kind SET NOT NULL, ALTER COLUMN resource_id SET NOT NULL`);
  }
}
