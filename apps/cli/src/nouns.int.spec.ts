/** Every noun beside VMs, hosts, templates and tokens: how it looks, and what its verbs send. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectGolden } from '../../../test/cli/expect-golden.js';
import { TestTerminal } from '../../../test/cli/test-terminal.js';
import { FakeApi } from '../../../test/fake-api/fake-api.js';
import { TOKEN } from '../../../test/fake-api/fake-state.js';
import { aBackup, aDisk, aDrift, anEvent, aRepair, aSnapshot } from '../../../test/fake-api/more-builders.js';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

const shellFor = (tty = false) => new TestTerminal({ tty, env: { VMAN_URL: api.url, VMAN_TOKEN: TOKEN } });

async function run(line: string | string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const shell = shellFor();
  const exitCode = await shell.run(line);
  return { exitCode, stdout: shell.stdout, stderr: shell.stderr };
}

async function out(line: string | string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(line);
  expect({ line, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ line, exitCode: 0, stderr: '' });
  return stdout;
}

const bodyOf = (line: string) => api.seen.findLast(({ method, url }) => `${method} ${url}` === line)?.body;
const firstId = (list: string) => String(api.lists[list]?.[0]?.id);

describe('what is shown', () => {
  it.each([
    ['disk', 'data'],
    ['pool', 'fast'],
    ['network', 'lan'],
    ['address', '10.1.0.100'],
    ['snapshot', 'hello/before'],
    ['project', 'shop'],
  ])('%s %s', async (noun, name) => {
    expectGolden(`nouns/${noun}.txt`, await all(noun, name));
  });

  it.each([
    ['port-forward', 'port-forwards'],
    ['backup', 'backups'],
    ['drift', 'drifts'],
    ['repair', 'repairs'],
  ])('%s by its id', async (noun, list) => {
    expectGolden(`nouns/${noun}.txt`, await all(noun, firstId(list)));
  });

  it('events, quotas, the audit, pauses and an explanation', async () => {
    const lines = ['event list', 'event list -o wide', 'quota list', 'audit list', 'audit list -o wide'];
    lines.push('repair pauses', 'vm explain hello', 'vm explain hello -o wide');
    const texts: string[] = [];
    for (const line of lines) texts.push(`$ vman ${line}\n${await out(line)}`);
    expectGolden('nouns/happenings.txt', texts.join('\n'));
  });

  it('states in colour on a terminal', async () => {
    api.lists.disks = (['creating', 'available', 'failed'] as const).map((state) => aDisk({ state }));
    api.lists.snapshots = (['ready', 'restoring', 'failed'] as const).map((state) => aSnapshot({ state }));
    api.lists.backups = (['creating', 'damaged', 'ready'] as const).map((state) => aBackup({ state }));
    api.lists.drifts = (['open', 'gave-up', 'repaired'] as const).map((state) => aDrift({ state }));
    api.lists.repairs = (['queued', 'failed', 'cancelled'] as const).map((state) => aRepair({ state }));
    const texts: string[] = [];
    for (const noun of ['disk', 'snapshot', 'backup', 'drift', 'repair', 'address', 'audit']) {
      const shell = shellFor(true);
      expect(await shell.run(`${noun} list`)).toBe(0);
      texts.push(shell.stdout);
    }
    expectGolden('nouns/colours.txt', texts.join('\n'));
  });

  async function all(noun: string, name: string): Promise<string> {
    const lines = [`${noun} list`, `${noun} list -o wide`, `${noun} list -o name`, `${noun} get ${name}`];
    const texts: string[] = [];
    for (const line of lines) texts.push(`$ vman ${line}\n${await out(line)}`);
    return texts.join('\n');
  }
});

describe('what is sent', () => {
  it('for disks', async () => {
    expect(await out('disk create data --size 10GiB --pool fast -l a=b --no-wait')).toMatch(/accepted/);
    expect(bodyOf('POST /v1/disks')).toEqual({ name: 'data', sizeGiB: 10, pool: 'fast', labels: { a: 'b' } });
    expect((await run('disk attach data hello --read-only')).stdout).toBe('data: attached\n');
    expect(bodyOf('POST /v1/disks/data/attach')).toEqual({ vm: 'hello', readOnly: true });
    expect((await run('disk detach data --guest-timeout 1500ms')).stdout).toBe('data: attached\n');
    expect(bodyOf('POST /v1/disks/data/detach')).toEqual({ timeoutSeconds: 2 });
    await run('disk update data --size 20 --no-keep -l a-');
    expect(bodyOf('PATCH /v1/disks/data')).toEqual({ sizeGiB: 20, keepOnDelete: false, labels: { a: null } });
    expect(await run('disk delete data --yes')).toMatchObject({ exitCode: 0 });
    expect(api.changes.at(-1)).toBe('DELETE /v1/disks/data');
    expect(await run('disk delete other --yes')).toMatchObject({ exitCode: 3 });
  });

  it('for files that no disk is known for', async () => {
    const id = firstId('stray-disks');
    expect(await out('disk strays')).toContain(id);
    expect((await run(`disk strays restore ${id} found --project shop`)).stdout).toBe('found: restored\n');
    expect(bodyOf(`POST /v1/stray-disks/${id}/restore`)).toEqual({ name: 'found', project: 'shop' });
    expect(await out(`disk strays delete ${id} --yes --no-wait`)).toMatch(/accepted, operation/);
    expect(api.changes.at(-1)).toBe(`DELETE /v1/stray-disks/${id}`);
    const asked = shellFor(true);
    asked.answers = ['n'];
    const before = api.changes.length;
    await asked.run(`disk strays delete ${id}`);
    expect(api.changes).toHaveLength(before);
  });

  it('for VMs that nobody knows', async () => {
    const id = firstId('stray-vms');
    expect(await out('vm strays')).toContain(id);
    expect(await out(`vm strays adopt ${id} --name found --project shop`)).toContain('lost');
    expect(bodyOf(`POST /v1/stray-vms/${id}/adopt`)).toEqual({ name: 'found', project: 'shop' });
    expect(await out(`vm strays adopt ${id} --no-wait`)).toMatch(/vm.adopt accepted, operation/);
  });

  it('for networks, addresses and port forwards', async () => {
    await out(
      'network create lan --cidr 10.1.0.0/24 --dns 1.1.1.1 --dns 9.9.9.9 --no-nat --range 10.1.0.5-10.1.0.9',
    );
    expect(bodyOf('POST /v1/networks')).toEqual({
      name: 'lan',
      kind: 'managed',
      cidr: '10.1.0.0/24',
      dns: ['1.1.1.1', '9.9.9.9'],
      nat: false,
      ranges: ['10.1.0.5-10.1.0.9'],
    });
    await out('network update lan --mtu 1400 --dhcp');
    expect(bodyOf('PATCH /v1/networks/lan')).toEqual({ mtu: 1400, dhcp: true });
    expect(await run('network update lan')).toMatchObject({ exitCode: 2 });
    expect(await out('network delete lan --yes')).toBe('lan: deleted\n');
    await out(['address', 'create', '10.1.0.7', '--network', 'lan', '--note', 'a printer']);
    expect(bodyOf('POST /v1/addresses')).toEqual({ network: 'lan', address: '10.1.0.7', note: 'a printer' });
    expect(await out('address delete 10.1.0.100 -y')).toBe('10.1.0.100: released\n');
    expect(api.changes.at(-1)).toBe(`DELETE /v1/addresses/${firstId('addresses')}`);
    expect(await run('address get 10.9.9.9')).toMatchObject({ exitCode: 3 });
    await run('port-forward create hello 8080:80');
    expect(bodyOf('POST /v1/port-forwards')).toEqual({ vm: 'hello', hostPort: 8080, guestPort: 80 });
    expect(await run('port-forward create hello x')).toMatchObject({ exitCode: 2 });
    expect(await run(`port-forward delete ${firstId('port-forwards')} -y`)).toMatchObject({ exitCode: 0 });
  });

  it('for snapshots and clones', async () => {
    const created = await run('snapshot create hello before --memory --freeze never');
    expect(created.stdout).toBe('hello/before: ready\n');
    const vm = api.vms[0]!;
    expect(bodyOf('POST /v1/vms/hello/snapshots')).toEqual({ name: 'before', memory: true, freeze: 'never' });
    await out('snapshot list --vm hello');
    expect(api.seen.at(-1)?.url).toContain(`vm=${vm.id}`);
    const id = firstId('snapshots');
    await run(`snapshot restore hello/before --no-memory -y`);
    expect(bodyOf(`POST /v1/snapshots/${id}/restore`)).toEqual({ memory: false });
    expect((await run('snapshot delete hello/before -y')).exitCode).toBe(0);
    expect(await run('snapshot get before')).toMatchObject({ exitCode: 2 });
    expect(await run('snapshot get hello/other')).toMatchObject({ exitCode: 3 });
    const asked = shellFor(true);
    asked.answers = ['n'];
    expect(await asked.run('snapshot restore hello/before')).toBe(0);
    expect(asked.stdout).toBe('Nothing was restored.\n');
    await run('vm clone hello copy --snapshot before --stopped');
    expect(bodyOf('POST /v1/vms/hello/clone')).toEqual({ name: 'copy', snapshot: 'before', start: false });
  });

  it('for backups', async () => {
    const id = firstId('backups');
    expect((await run('backup create hello --pool fast --kind full')).stdout).toBe(`${id}: ready\n`);
    expect(bodyOf('POST /v1/vms/hello/backups')).toEqual({ pool: 'fast', kind: 'full' });
    expect((await run(`backup verify ${id}`)).stdout).toBe(`${id}: ready\n`);
    await run(`backup restore ${id} --name again --stopped`);
    expect(bodyOf(`POST /v1/backups/${id}/restore`)).toEqual({ name: 'again', desiredState: 'stopped' });
    expect(await run(`backup restore ${id}`)).toMatchObject({ exitCode: 2 });
    expect(await run(`backup restore ${id} --in-place`)).toMatchObject({ exitCode: 2 });
    expect((await run(`backup delete ${id} --cascade -y --no-wait`)).stdout).toContain('accepted');
    expect(api.changes.at(-1)).toBe(`DELETE /v1/backups/${id}?cascade=true`);
  });

  it('for pools, projects, quotas and pauses', async () => {
    await out('pool update fast --overcommit 2.5 --watermark 80');
    expect(bodyOf('PATCH /v1/pools/fast')).toEqual({ overcommit: 2.5, watermarkPercent: 80 });
    expect(await run('pool update fast')).toMatchObject({ exitCode: 2 });
    expect(await run('pool update fast --overcommit x')).toMatchObject({ exitCode: 2 });
    await out(['project', 'create', 'shop', '--description', 'the shop', '-l', 'a=b']);
    expect(bodyOf('POST /v1/projects')).toEqual({
      name: 'shop',
      description: 'the shop',
      labels: { a: 'b' },
    });
    await out('project update shop --description x');
    expect(await out('project delete shop -y')).toBe('shop: deleted\n');
    await out('quota update shop --vms 5 --memory 8GiB --disk unlimited');
    expect(bodyOf('PATCH /v1/quotas/shop')).toEqual({ vms: 5, memoryMiB: 8192, diskGiB: null });
    expect((await run('quota update shop --vms many')).stderr).toContain('Or: unlimited.');
    expect(await run('quota update shop')).toMatchObject({ exitCode: 2 });
    await out(['repair', 'pause', '--host', 'alpha', '--for', '30m', '--reason', 'a move']);
    expect(bodyOf('POST /v1/repair-pauses')).toEqual({
      scope: { kind: 'host', id: api.hosts[0]!.id },
      until: '2026-01-02T12:30:00.000Z',
      reason: 'a move',
    });
    await out('repair pause --fleet --for 1m --reason x');
    await out('repair pause --vm hello --for 1m --reason x');
    expect(await run('repair pause --for 1m --reason x')).toMatchObject({ exitCode: 2 });
    expect(await out(`repair unpause ${firstId('repair-pauses')}`)).toContain('ended');
  });

  it('as filters', async () => {
    await out('drift list --state present --vm hello --host alpha --limit 0');
    await out('drift list --kind crashed');
    await out('audit list --verb vm.start --outcome refused --last 2h --limit 5');
    expect(api.seen.at(-1)?.url).toContain('since=2026-01-02T10%3A00%3A00.000Z');
    expect(await out('event list --type vm.* --kind vm --after 1 --limit 5 -o name')).toBe('2\n');
    expect(await out('event list --limit 1 -o name')).toBe('2\n');
    await out('event list --type vm.*');
    expect(api.seen.at(-1)?.url).toContain('type=vm.*');
  });
});

describe('events that are followed', () => {
  const block = (event: object, id: number) => `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;

  const headers = { 'content-type': 'text/event-stream' };
  const streamed = () => api.seen.filter(({ headers: { accept } }) => accept === 'text/event-stream');

  it('come as they happen, go on when cut, and show what is missing', async () => {
    const gap = 'event: gap\ndata: {"after":1,"oldest":5,"newest":9}\n\n';
    api.streams.push(
      { status: 200, headers, text: `: hello\n\n${block(anEvent(1), 1)}` },
      { status: 503 },
      { status: 200, headers, text: `${gap}${block(anEvent(9, { type: 'vm.deleted' }), 9)}` },
    );
    const shell = shellFor();
    shell.onWrite = () => {
      if (shell.stdout.includes('vm.deleted')) shell.pressCtrlC();
    };
    expect(await shell.run('events -w')).toBe(130);
    expect(streamed().map((it) => it.headers['last-event-id'])).toEqual(['2', '1', '1']);
    expect(shell.stderr).toContain('before 5 are no longer kept');
    expectGolden('nouns/events_table.txt', shell.stdout);
  });

  it.each(['json', 'yaml', 'name'])('are data for -o %s', async (format) => {
    api.streams.push({ status: 200, headers, text: block(anEvent(1), 1) + block(anEvent(9), 9) });
    const shell = shellFor();
    shell.onWrite = () => {
      if (shell.stdout.includes('request-9') || (format === 'name' && shell.stdout.includes('9')))
        shell.pressCtrlC();
    };
    expect(await shell.run(`event list -w -o ${format}`)).toBe(130);
    expectGolden(`nouns/events_${format}.txt`, shell.stdout);
  });

  it('are refused to who may not', async () => {
    api.streams.push({ status: 403, body: { code: 'forbidden', detail: 'No.' } });
    expect(await run('events -w')).toMatchObject({ exitCode: 4 });
  });
});
