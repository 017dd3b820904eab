import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Projects with their quotas. What a project uses is counted by triggers at the commit of whatever changes it, so that
 * no path can forget it and the row of a project is held only for that moment; where `vman.quota` says so, an increase
 * beyond a limit stops the commit.
 */
export class Projects1764000000000 implements MigrationInterface {
  name = 'Projects1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [PROJECTS, FROM_WHAT_IS_THERE, BOUND, TEMPLATES, TOKENS, USE, TRIGGERS, USED]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER vms_quota ON vms;
      DROP TRIGGER disks_quota ON disks;
      DROP TRIGGER addresses_quota ON addresses;
      DROP TRIGGER snapshots_quota ON snapshots;
      DROP FUNCTION count_vm, count_disk, count_address, count_snapshot, use_project;
      DROP INDEX tokens_name, templates_name;
      ALTER TABLE tokens DROP CONSTRAINT tokens_project_fkey, DROP COLUMN last_used_at,
        ADD CONSTRAINT tokens_name_key UNIQUE (name);
      ALTER TABLE templates DROP CONSTRAINT template_versions, DROP COLUMN project_ref, DROP COLUMN project,
        ADD CONSTRAINT template_versions UNIQUE (family, version), ADD CONSTRAINT templates_name_key UNIQUE (name);
      ALTER TABLE networks DROP COLUMN project_ref;
      ALTER TABLE backups DROP CONSTRAINT backups_project_fkey;
      ALTER TABLE snapshots DROP CONSTRAINT snapshots_project_fkey;
      ALTER TABLE disks DROP CONSTRAINT disks_project_fkey;
      ALTER TABLE vms DROP CONSTRAINT vms_project_fkey;
      DROP TABLE projects`);
  }
}

const PROJECTS = `
CREATE TABLE projects (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  description text NOT NULL DEFAULT '',
  labels jsonb NOT NULL DEFAULT '{}',
  generation bigint NOT NULL DEFAULT 1,
  quota_generation bigint NOT NULL DEFAULT 1,
  max_vms bigint,
  max_vcpus bigint,
  max_memory_mib bigint,
  max_disk_bytes bigint,
  max_addresses bigint,
  max_snapshots bigint,
  used_vms bigint NOT NULL DEFAULT 0,
  used_vcpus bigint NOT NULL DEFAULT 0,
  used_memory_mib bigint NOT NULL DEFAULT 0,
  used_disk_bytes bigint NOT NULL DEFAULT 0,
  used_addresses bigint NOT NULL DEFAULT 0,
  used_snapshots bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50)`;

/** The first one has a well-known id; the others get random ones. */
const FROM_WHAT_IS_THERE = `
INSERT INTO projects (id, name, description)
VALUES ('00000000-0000-7000-8000-000000000002', 'default', 'Where everything goes that names no project.');
INSERT INTO projects (id, name)
SELECT gen_random_uuid(), project FROM (
  SELECT project FROM vms UNION SELECT project FROM disks UNION SELECT project FROM snapshots
  UNION SELECT project FROM backups UNION SELECT project FROM networks UNION SELECT project FROM addresses
  UNION SELECT project FROM tokens) AS named
WHERE project <> '' AND project <> 'default'`;

/** What is shared by all projects has an empty one. */
const BOUND = `
ALTER TABLE vms ADD CONSTRAINT vms_project_fkey FOREIGN KEY (project) REFERENCES projects (name);
ALTER TABLE disks ADD CONSTRAINT disks_project_fkey FOREIGN KEY (project) REFERENCES projects (name);
ALTER TABLE snapshots ADD CONSTRAINT snapshots_project_fkey FOREIGN KEY (project) REFERENCES projects (name);
ALTER TABLE backups ADD CONSTRAINT backups_project_fkey FOREIGN KEY (project) REFERENCES projects (name);
ALTER TABLE networks ADD COLUMN project_ref text GENERATED ALWAYS AS (nullif(project, '')) STORED
  CONSTRAINT networks_project_fkey REFERENCES projects (name)`;

const TEMPLATES = `
ALTER TABLE templates
  ADD COLUMN project text NOT NULL DEFAULT '',
  ADD COLUMN project_ref text GENERATED ALWAYS AS (nullif(project, '')) STORED
    CONSTRAINT templates_project_fkey REFERENCES projects (name),
  DROP CONSTRAINT templates_name_key,
  DROP CONSTRAINT template_versions,
  ADD CONSTRAINT template_versions UNIQUE (project, family, version);
CREATE UNIQUE INDEX templates_name ON templates (project, name)`;

const TOKENS = `
ALTER TABLE tokens ADD COLUMN last_used_at timestamptz, DROP CONSTRAINT tokens_name_key,
  ADD CONSTRAINT tokens_project_fkey FOREIGN KEY (project) REFERENCES projects (name);
CREATE UNIQUE INDEX tokens_name ON tokens (coalesce(project, ''), name)`;

/** One conditional statement; only when it changes nothing is looked for what was too much. */
const USE = `
CREATE FUNCTION use_project(
  wanted text, vms bigint, vcpus bigint, memory_mib bigint, disk_bytes bigint, addresses bigint, snapshots bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  enforced boolean := coalesce(current_setting('vman.quota', true), '') = 'enforced';
  excess record;
BEGIN
  UPDATE projects SET used_vms = used_vms + vms, used_vcpus = used_vcpus + vcpus,
    used_memory_mib = used_memory_mib + memory_mib, used_disk_bytes = used_disk_bytes + disk_bytes,
    used_addresses = used_addresses + addresses, used_snapshots = used_snapshots + snapshots
  WHERE name = wanted AND (NOT enforced
    OR (vms <= 0 OR used_vms + vms <= coalesce(max_vms, used_vms + vms))
    AND (vcpus <= 0 OR used_vcpus + vcpus <= coalesce(max_vcpus, used_vcpus + vcpus))
    AND (memory_mib <= 0 OR used_memory_mib + memory_mib <= coalesce(max_memory_mib, used_memory_mib + memory_mib))
    AND (disk_bytes <= 0 OR used_disk_bytes + disk_bytes <= coalesce(max_disk_bytes, used_disk_bytes + disk_bytes))
    AND (addresses <= 0 OR used_addresses + addresses <= coalesce(max_addresses, used_addresses + addresses))
    AND (snapshots <= 0 OR used_snapshots + snapshots <= coalesce(max_snapshots, used_snapshots + snapshots)));
  IF FOUND THEN RETURN; END IF;
  SELECT * INTO excess FROM projects p, LATERAL (VALUES
      ('vms', vms, p.used_vms, p.max_vms), ('vcpus', vcpus, p.used_vcpus, p.max_vcpus),
      ('memoryMiB', memory_mib, p.used_memory_mib, p.max_memory_mib),
      ('diskBytes', disk_bytes, p.used_disk_bytes, p.max_disk_bytes),
      ('addresses', addresses, p.used_addresses, p.max_addresses),
      ('snapshots', snapshots, p.used_snapshots, p.max_snapshots)) AS q (what, more, used, most)
    WHERE p.name = wanted AND q.more > 0 AND q.used + q.more > q.most LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'quota exceeded' USING ERRCODE = 'VQ001', DETAIL = json_build_object(
      'project', wanted, 'what', excess.what, 'used', excess.used, 'more', excess.more, 'most', excess.most)::text;
  END IF;
END $$`;

const TRIGGERS = `
CREATE FUNCTION count_vm() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM use_project(NEW.project, 1, NEW.vcpus, NEW.memory_mib, 0, 0, 0);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM use_project(OLD.project, -1, -OLD.vcpus, -OLD.memory_mib, 0, 0, 0);
  ELSIF NEW.vcpus <> OLD.vcpus OR NEW.memory_mib <> OLD.memory_mib THEN
    PERFORM use_project(NEW.project, 0, NEW.vcpus - OLD.vcpus, NEW.memory_mib - OLD.memory_mib, 0, 0, 0);
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER vms_quota AFTER INSERT OR DELETE OR UPDATE OF vcpus, memory_mib ON vms
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_vm();

CREATE FUNCTION count_disk() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before bigint := 0;
  after bigint := 0;
BEGIN
  IF TG_OP <> 'INSERT' THEN before := greatest(OLD.size_bytes, coalesce(OLD.growing_to_bytes, 0)); END IF;
  IF TG_OP <> 'DELETE' THEN after := greatest(NEW.size_bytes, coalesce(NEW.growing_to_bytes, 0)); END IF;
  IF before <> after THEN
    PERFORM use_project(coalesce(NEW.project, OLD.project), 0, 0, 0, after - before, 0, 0);
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disks_quota AFTER INSERT OR DELETE OR UPDATE OF size_bytes, growing_to_bytes ON disks
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_disk();

CREATE FUNCTION count_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.state <> 'resting' THEN
    IF TG_OP = 'UPDATE' AND NEW.state <> 'resting' AND NEW.project = OLD.project THEN RETURN NULL; END IF;
    PERFORM use_project(OLD.project, 0, 0, 0, 0, -1, 0);
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.state <> 'resting' THEN
    PERFORM use_project(NEW.project, 0, 0, 0, 0, 1, 0);
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER addresses_quota AFTER INSERT OR DELETE OR UPDATE OF state, project ON addresses
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_address();

CREATE FUNCTION count_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before bigint := 0;
  after bigint := 0;
BEGIN
  IF TG_OP <> 'INSERT' THEN before := (NOT OLD.temporary AND OLD.state <> 'failed')::int; END IF;
  IF TG_OP <> 'DELETE' THEN after := (NOT NEW.temporary AND NEW.state <> 'failed')::int; END IF;
  IF before <> after THEN
    PERFORM use_project(coalesce(NEW.project, OLD.project), 0, 0, 0, 0, 0, after - before);
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER snapshots_quota AFTER INSERT OR DELETE OR UPDATE OF state, temporary ON snapshots
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_snapshot()`;

const USED = `
UPDATE projects p SET
  used_vms = (SELECT count(*) FROM vms WHERE project = p.name),
  used_vcpus = (SELECT coalesce(sum(vcpus), 0) FROM vms WHERE project = p.name),
  used_memory_mib = (SELECT coalesce(sum(memory_mib), 0) FROM vms WHERE project = p.name),
  used_disk_bytes = (
    SELECT coalesce(sum(greatest(size_bytes, coalesce(growing_to_bytes, 0))), 0) FROM disks WHERE project = p.name),
  used_addresses = (SELECT count(*) FROM addresses WHERE project = p.name AND state <> 'resting'),
  used_snapshots = (
    SELECT count(*) FROM snapshots WHERE project = p.name AND NOT temporary AND state <> 'failed')`;
