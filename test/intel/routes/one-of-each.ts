/** A resource of each kind in one project, for tests that go through all routes. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type {
  AddressView,
  DiskChangeView,
  NetworkView,
  NewTokenView,
  PoolListView,
  ProjectView,
  RepairPauseView,
  SnapshotChangeView,
  TemplateChangeView,
  VmChangeView,
} from '#libs/contracts/http';
import type { IntelUnderTest } from '../intel-under-test.js';

/** Ids by the first word of a route; what is beneath a VM by the name of its parameter. */
export type OneOfEach = Readonly<Record<string, string>>;

const ROWS = {
  drifts: `
    INSERT INTO drifts (id, occurrence, key, rule, host_id, vm_id, project, name, subject, state, expected, seen,
      decision, reason, generation, exit_seq, since, detected_at, changed_at, attempts, observer_id, epoch)
    VALUES ($1::uuid, $1::uuid, $1::uuid::text, 'crashed', $2, $3, $4, 'x', 'x', 'open', 'running', 'crashed', 'wait', '', 1, 1,
      now(), now(), now(), 0, $1::uuid, 1)`,
  repairs: `
    INSERT INTO repairs (id, rule, action, origin, host_id, vm_id, project, name, expected, seen, reason, generation,
      exit_seq, attempt, epoch, detected_at, decided_at)
    VALUES ($1, 'crashed', 'restart', 'observer', $2, $3, $4, 'x', 'running', 'crashed', '', 1, 1, 1, 1, now(), now())`,
  exits: `
    INSERT INTO vm_exits (vm_id, host_id, sequence, reason, status, launched_at, at, start_generation, pid, launch_id,
      serial_tail, stderr_tail, qmp_events)
    SELECT $3::uuid, $2::uuid, 1, 'crash', '', now(), now(), 1, 1, $1::text, ''::bytea, ''::bytea, '[]' WHERE $4::text <> ''`,
};

const BACKUP = `
  INSERT INTO backups (id, project, vm_id, vm_name, pool_id, host_id, requested_kind, kind, "freeze", state, spec, disks,
    operation_id)
  VALUES ($1::uuid, $2, $3, 'x', $4, $5, 'full', 'full', 'auto', 'failed', $6, '[]', $1::uuid)`;

const STRAY_DISK = `
  INSERT INTO stray_disks (disk_id, pool_id, host_id, file_bytes, size_bytes) VALUES ($1, $2, $3, 1, 1)`;

/** Its host does not tell of it, so it would be gone within seconds. */
const STRAY_VM = `
  INSERT INTO stray_vms (vm_id, host_id, state, last_seen_at) VALUES ($1, $2, 'running', now() + interval '1 hour')`;

export async function makeOneOfEach(
  intel: IntelUnderTest,
  { project, cidr, hostId }: { project: string; cidr: string; hostId: string },
): Promise<OneOfEach> {
  const make = async <T>(path: string, body: object): Promise<T> => {
    const answer = await intel.request<T>('POST', path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const name = `one-${project}`;
  const projects = (await make<ProjectView>('/v1/projects', { name: project })).id;
  const made = await make<VmChangeView>('/v1/vms', {
    name,
    project,
    memoryMiB: 16,
    disks: [{ sizeGiB: 1 }],
    nics: [{ portForwards: [{ guestPort: 80 }] }, {}],
  });
  const vm = need(made.vm);
  const disk = await make<DiskChangeView>('/v1/disks', { name, project, sizeGiB: 1 });
  const network = { name, project, kind: 'managed', cidr };
  const networks = (await make<NetworkView>('/v1/networks', network)).id;
  const addresses = (await make<AddressView>('/v1/addresses', { network: networks, project })).id;
  const snapshot = await make<SnapshotChangeView>(`/v1/vms/${vm.id}/snapshots`, { name });
  const template = { name, project, format: 'raw', source: { type: 'upload' } };
  const templates = (await make<TemplateChangeView>('/v1/templates', template)).template.id;
  const tokens = (await make<NewTokenView>('/v1/tokens', { name, project, role: 'viewer' })).id;
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const pause = { scope: { kind: 'vm', id: vm.id }, until, reason: 'a test' };
  const pauses = (await make<RepairPauseView>('/v1/repair-pauses', pause)).id;
  const [pool] = (await intel.request<PoolListView>('GET', '/v1/pools')).body.items;
  const ids = { drifts: randomUUID(), repairs: randomUUID(), exits: randomUUID(), backups: randomUUID() };
  const strayDisk = randomUUID();
  const strayVm = randomUUID();
  await withClient(intel.postgres.url, async (client) => {
    for (const kind of ['drifts', 'repairs', 'exits'] as const) {
      await client.query(ROWS[kind], [ids[kind], hostId, vm.id, project]);
    }
    const spec = { labels: {}, nics: [] };
    await client.query(STRAY_VM, [strayVm, hostId]);
    await client.query(STRAY_DISK, [strayDisk, pool?.id, hostId]);
    await client.query(BACKUP, [ids.backups, project, vm.id, pool?.id, hostId, spec]);
  });
  return {
    ...ids,
    'stray-disks': strayDisk,
    'stray-vms': strayVm,
    vms: vm.id,
    diskId: need(vm.spec.disks[0]).id,
    nicId: need(vm.spec.nics[0]).id,
    sequence: '1',
    'port-forwards': need(vm.status.portForwards[0]).id,
    disks: need(disk.disk).id,
    networks,
    addresses,
    snapshots: need(snapshot.snapshot).id,
    templates,
    tokens,
    'repair-pauses': pauses,
    operations: made.operation.id,
    projects,
    quotas: projects,
  };
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an answer lacks what it was asked for');
  return value;
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
