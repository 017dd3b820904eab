/**
 * All that the checker judges, read at one moment: what the API says, what Postgres holds, what the kernel runs, what
 * lies on the disks of the hosts.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { OperationListView, OperationView, VmListView, VmView } from '#libs/contracts/http';
import type { Ground } from '../ground/ground.js';
import { commandOf, qemuByVm } from '../ground/process-watch.js';

export interface RunningQemu {
  vmId: string;
  pid: number;
  command: string;
}

export interface DiskFile {
  host: string;
  diskId: string;
}

export interface AuditCount {
  requestId: string;
  kind: string;
  operations: number;
  audits: number;
}

export interface Facts {
  vms: VmView[];
  operations: OperationView[];
  running: RunningQemu[];
  disks: DiskFile[];
  /** For each request of a person: how many operations and audit rows it has. */
  audit: AuditCount[];
}

export async function readFacts(ground: Ground): Promise<Facts> {
  const { client, stack } = ground;
  const operations = await allOperations(ground);
  const { items: vms } = await client.get<VmListView>('/v1/vms?limit=1000');
  return {
    vms,
    operations,
    running: [...qemuByVm(stack.folder)].flatMap(([vmId, pids]) =>
      pids.map((pid) => ({ vmId, pid, command: commandOf(pid) })),
    ),
    disks: stack.hosts.flatMap(({ name, storage }) => disksOf(name, join(storage, 'disks'))),
    audit: await auditCounts(stack.database.url),
  };
}

async function allOperations({ client }: Ground): Promise<OperationView[]> {
  const all: OperationView[] = [];
  let cursor = '';
  do {
    const page = await client.get<OperationListView>(`/v1/operations?limit=1000${cursor}`);
    all.push(...page.items);
    cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : '';
  } while (cursor);
  return all;
}

function disksOf(host: string, folder: string): DiskFile[] {
  return readdirSync(folder).map((file) => ({ host, diskId: file.replace(/\.qcow2$/, '') }));
}

async function auditCounts(url: string): Promise<AuditCount[]> {
  const database = new Client({ connectionString: url });
  await database.connect();
  try {
    const { rows } = await database.query<AuditCount>(
      `SELECT o.request_id AS "requestId", min(o.kind) AS kind, count(DISTINCT o.id)::int AS operations,
         count(a.id)::int AS audits
       FROM operations o LEFT JOIN audit a ON a.operation_id = o.id
       WHERE o.origin = 'user' GROUP BY o.request_id`,
    );
    return rows;
  } finally {
    await database.end();
  }
}
