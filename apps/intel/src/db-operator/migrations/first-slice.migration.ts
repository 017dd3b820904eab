import type { MigrationInterface, QueryRunner } from 'typeorm';

/** All tables of the first release. */
export class FirstSlice1763800000000 implements MigrationInterface {
  name = 'FirstSlice1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [HOSTS, TEMPLATES, VMS, PARTS, OPERATIONS, OUTBOX, PEOPLE, BUS]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE bus_state, secrets, idempotency_keys, tokens, audit, outbox, operations,
      port_forwards, nics, disks, vms, templates, hosts`);
  }
}

const HOSTS = `
CREATE TABLE hosts (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz,
  boot_id text NOT NULL DEFAULT '',
  agent_version text NOT NULL DEFAULT '',
  start_count bigint NOT NULL DEFAULT 0,
  cpus integer NOT NULL DEFAULT 0 CHECK (cpus >= 0),
  memory_mib integer NOT NULL DEFAULT 0 CHECK (memory_mib >= 0),
  storage_bytes bigint NOT NULL DEFAULT 0,
  storage_free_bytes bigint NOT NULL DEFAULT 0,
  qemu_version text NOT NULL DEFAULT '',
  accelerator text NOT NULL DEFAULT '',
  accelerator_reason text NOT NULL DEFAULT '',
  dry_run boolean NOT NULL DEFAULT false,
  draining boolean NOT NULL DEFAULT false,
  cordoned boolean NOT NULL DEFAULT false,
  reserved_memory_mib integer NOT NULL DEFAULT 0 CHECK (reserved_memory_mib >= 0),
  reserved_vcpus integer NOT NULL DEFAULT 0 CHECK (reserved_vcpus >= 0)
)`;

const TEMPLATES = `
CREATE TABLE templates (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  format text NOT NULL CHECK (format IN ('qcow2', 'raw')),
  state text NOT NULL CHECK (state IN ('importing', 'ready', 'failed')),
  source_path text NOT NULL,
  wanted_digest text,
  digest text CHECK (digest ~ '^[0-9a-f]{64}$'),
  file_bytes bigint CHECK (file_bytes > 0),
  virtual_bytes bigint CHECK (virtual_bytes > 0),
  default_vcpus integer,
  default_memory_mib integer,
  error_code text,
  error_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (state <> 'ready' OR (digest IS NOT NULL AND file_bytes IS NOT NULL AND virtual_bytes IS NOT NULL))
);
CREATE INDEX templates_digest ON templates (digest)`;

const VMS = `
CREATE TABLE vms (
  id uuid PRIMARY KEY,
  project text NOT NULL,
  name text NOT NULL CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  labels jsonb NOT NULL DEFAULT '{}',
  deletion_protection boolean NOT NULL DEFAULT false,
  template_id uuid REFERENCES templates (id) ON DELETE RESTRICT,
  host_id uuid NOT NULL REFERENCES hosts (id) ON DELETE RESTRICT,
  vcpus integer NOT NULL CHECK (vcpus BETWEEN 1 AND 1024),
  memory_mib integer NOT NULL CHECK (memory_mib > 0),
  machine text NOT NULL,
  firmware text NOT NULL,
  cpu_model text NOT NULL DEFAULT '',
  restart_policy text NOT NULL CHECK (restart_policy IN ('always', 'on-failure', 'never')),
  restart_max_retries integer NOT NULL CHECK (restart_max_retries >= 0),
  restart_window_seconds integer NOT NULL CHECK (restart_window_seconds > 0),
  generation bigint NOT NULL CHECK (generation >= 1),
  start_generation bigint NOT NULL CHECK (start_generation BETWEEN 0 AND generation),
  presence text NOT NULL CHECK (presence IN ('present', 'released', 'deleted')),
  desired_power text NOT NULL CHECK (desired_power IN ('running', 'stopped', 'paused')),
  stop_ask_guest boolean NOT NULL DEFAULT false,
  stop_timeout_ms bigint NOT NULL DEFAULT 0,
  stop_then_force boolean NOT NULL DEFAULT true,
  cause_operation_id uuid NOT NULL,
  cause_request_id text NOT NULL,
  cause_origin text NOT NULL CHECK (cause_origin IN ('user', 'observer', 'system')),
  desired_sequence bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'pending',
  reason text NOT NULL DEFAULT '',
  observed_generation bigint NOT NULL DEFAULT 0,
  accepted_generation bigint NOT NULL DEFAULT 0,
  rev_start bigint NOT NULL DEFAULT 0,
  rev_seq bigint NOT NULL DEFAULT 0,
  observed_at timestamptz,
  pid bigint NOT NULL DEFAULT 0,
  process_start_generation bigint NOT NULL DEFAULT 0,
  running_since timestamptz,
  failure_code text NOT NULL DEFAULT '',
  failure_message text NOT NULL DEFAULT '',
  exit_seq bigint NOT NULL DEFAULT 0,
  exit_reason text NOT NULL DEFAULT '',
  exit_at timestamptz,
  exit_start_generation bigint NOT NULL DEFAULT 0,
  exit_status text NOT NULL DEFAULT '',
  restarts integer NOT NULL DEFAULT 0,
  next_restart_at timestamptz,
  repaired_exit_seq bigint NOT NULL DEFAULT 0,
  restart_required text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (project, name)
);
CREATE INDEX vms_host ON vms (host_id);
CREATE INDEX vms_template ON vms (template_id);
CREATE INDEX vms_created ON vms (created_at, id);
CREATE INDEX vms_name ON vms (name, id);
CREATE INDEX vms_labels ON vms USING gin (labels jsonb_path_ops)`;

const PARTS = `
CREATE TABLE disks (
  id uuid PRIMARY KEY,
  vm_id uuid NOT NULL REFERENCES vms (id) ON DELETE CASCADE,
  position integer NOT NULL,
  boot_order integer NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  template_id uuid REFERENCES templates (id) ON DELETE RESTRICT,
  read_only boolean NOT NULL DEFAULT false,
  UNIQUE (vm_id, position)
);
CREATE INDEX disks_template ON disks (template_id);
CREATE TABLE nics (
  id uuid PRIMARY KEY,
  vm_id uuid NOT NULL REFERENCES vms (id) ON DELETE CASCADE,
  position integer NOT NULL,
  kind text NOT NULL,
  mac text NOT NULL UNIQUE CHECK (mac ~ '^([0-9a-f]{2}:){5}[0-9a-f]{2}$'),
  UNIQUE (vm_id, position)
);
CREATE TABLE port_forwards (
  id uuid PRIMARY KEY,
  vm_id uuid NOT NULL REFERENCES vms (id) ON DELETE CASCADE,
  nic_id uuid NOT NULL REFERENCES nics (id) ON DELETE CASCADE,
  host_id uuid NOT NULL REFERENCES hosts (id) ON DELETE RESTRICT,
  position integer NOT NULL,
  protocol text NOT NULL CHECK (protocol IN ('tcp', 'udp')),
  host_address text NOT NULL,
  host_port integer NOT NULL CHECK (host_port BETWEEN 1 AND 65535),
  guest_port integer NOT NULL CHECK (guest_port BETWEEN 1 AND 65535),
  releasing_generation bigint,
  CONSTRAINT port_forwards_one_holder UNIQUE (host_id, host_address, host_port, protocol)
);
CREATE INDEX port_forwards_vm ON port_forwards (vm_id)`;

const OPERATIONS = `
CREATE TABLE operations (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  status text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  project text,
  vm_id uuid,
  template_id uuid,
  resource_name text NOT NULL DEFAULT '',
  host_id uuid,
  requested_by text NOT NULL,
  origin text NOT NULL CHECK (origin IN ('user', 'observer', 'system')),
  request_id text NOT NULL,
  reason text NOT NULL DEFAULT '',
  generation bigint,
  goal text CHECK (goal IN ('running', 'stopped', 'paused', 'deleted')),
  previous_power text CHECK (previous_power IN ('running', 'stopped', 'paused')),
  command text,
  exit_seq bigint,
  phase text NOT NULL DEFAULT '',
  steps jsonb NOT NULL DEFAULT '[]',
  attempt integer NOT NULL DEFAULT 0,
  detected_at timestamptz,
  deadline_at timestamptz,
  queued_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  progressed_at timestamptz NOT NULL DEFAULT now(),
  error_code text,
  error_message text,
  successor_id uuid,
  CHECK ((finished_at IS NULL) = (status IN ('queued', 'running')))
);
CREATE INDEX operations_open ON operations (progressed_at) WHERE finished_at IS NULL;
CREATE INDEX operations_of_vm ON operations (vm_id, queued_at);
CREATE INDEX operations_queued ON operations (queued_at, id)`;

const OUTBOX = `
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('desired', 'command', 'purge', 'seed-marker')),
  host_id uuid NOT NULL,
  vm_id uuid,
  operation_id uuid,
  count bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL`;

const PEOPLE = `
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  token_id uuid,
  address text NOT NULL,
  verb text NOT NULL,
  resource_kind text NOT NULL,
  resource_id uuid NOT NULL,
  operation_id uuid,
  request_id text NOT NULL
);
CREATE INDEX audit_of_resource ON audit (resource_id, id);
CREATE TABLE tokens (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  project text,
  sha256 text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
);
CREATE TABLE idempotency_keys (
  token_id uuid NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  status integer,
  headers jsonb,
  body jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (token_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
CREATE TABLE secrets (
  name text PRIMARY KEY,
  value text NOT NULL
)`;

const BUS = `
CREATE TABLE bus_state (
  stream text PRIMARY KEY,
  created text NOT NULL,
  last_sequence bigint NOT NULL,
  seeded_at timestamptz
)`;
