import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the observer found and mended, who leads, and what pauses repairs. */
export class Observer1763900700000 implements MigrationInterface {
  name = 'Observer1763900700000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [DRIFTS, REPAIRS, LEADER, PAUSES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE repair_pauses, observer_leader, repairs, drifts');
  }
}

const DRIFTS = `
CREATE TABLE drifts (
  id uuid PRIMARY KEY,
  occurrence uuid NOT NULL,
  key text NOT NULL,
  rule text NOT NULL,
  host_id uuid NOT NULL,
  vm_id uuid,
  project text,
  name text NOT NULL,
  subject text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'repairing', 'gave-up', 'repaired', 'cleared')),
  expected text NOT NULL,
  seen text NOT NULL,
  decision text NOT NULL CHECK (decision IN ('repair', 'wait', 'leave', 'hold')),
  reason text NOT NULL,
  generation bigint NOT NULL,
  exit_seq bigint NOT NULL,
  since timestamptz NOT NULL,
  detected_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  repair_id uuid,
  attempts integer NOT NULL,
  next_try_at timestamptz,
  observer_id uuid NOT NULL,
  epoch bigint NOT NULL,
  closed_at timestamptz,
  CHECK ((closed_at IS NULL) = (state IN ('open', 'repairing', 'gave-up')))
);
CREATE UNIQUE INDEX drifts_one_open ON drifts (key) WHERE closed_at IS NULL;
CREATE INDEX drifts_occurrence ON drifts (occurrence);
CREATE INDEX drifts_newest ON drifts (detected_at, id);
CREATE INDEX drifts_of_vm ON drifts (vm_id, detected_at);
CREATE INDEX drifts_closed ON drifts (closed_at)`;

const REPAIRS = `
CREATE TABLE repairs (
  id uuid PRIMARY KEY,
  rule text NOT NULL,
  action text NOT NULL CHECK (action IN ('restart', 'converge', 'stop-copy', 'tell-again')),
  origin text NOT NULL CHECK (origin IN ('user', 'observer', 'system')),
  host_id uuid NOT NULL,
  vm_id uuid NOT NULL,
  project text NOT NULL,
  name text NOT NULL,
  expected text NOT NULL,
  seen text NOT NULL,
  reason text NOT NULL,
  generation bigint NOT NULL,
  exit_seq bigint NOT NULL,
  attempt integer NOT NULL,
  epoch bigint NOT NULL,
  detected_at timestamptz NOT NULL,
  decided_at timestamptz NOT NULL
);
CREATE INDEX repairs_newest ON repairs (decided_at, id);
CREATE INDEX repairs_of_vm ON repairs (vm_id, decided_at)`;

const LEADER = `
CREATE TABLE observer_leader (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL DEFAULT 0,
  observer_id uuid,
  expires_at timestamptz NOT NULL DEFAULT '-infinity',
  since timestamptz NOT NULL DEFAULT now()
);
INSERT INTO observer_leader DEFAULT VALUES`;

const PAUSES = `
CREATE TABLE repair_pauses (
  id uuid PRIMARY KEY,
  scope text NOT NULL CHECK (scope IN ('vm', 'host', 'fleet')),
  scope_id uuid,
  scope_name text NOT NULL DEFAULT '',
  project text,
  until timestamptz NOT NULL,
  reason text NOT NULL,
  requested_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((scope = 'fleet') = (scope_id IS NULL))
);
CREATE INDEX repair_pauses_until ON repair_pauses (until)`;
