import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectGolden } from '../../../../test/cli/expect-golden.js';
import { TestTerminal } from '../../../../test/cli/test-terminal.js';
import { FakeApi } from '../../../../test/fake-api/fake-api.js';
import { problem, TOKEN } from '../../../../test/fake-api/fake-state.js';

const FILE = `name: hello
vcpus: 2
labels: { tier: web, colour: blue }
desiredState: stopped
---
name: fresh
template: debian
memoryMiB: 256
---
name: web-1
vcpus: 1
`;

const EVERY_KIND = `
kind: vm
name: new-1
template: alpine
---
{ kind: port-forward, vm: new-1, guestPort: 8080 }
---
{ kind: project, name: stall, description: a stall }
---
{ kind: quota, name: shop, vms: 10, vcpus: 8 }
---
{ kind: host, name: alpha, labels: { rack: a }, cpuOvercommit: 4 }
---
{ kind: pool, name: fast, overcommit: 2 }
---
{ kind: network, name: lan, networkKind: managed, cidr: 10.1.0.0/24, mtu: 1500, dns: [10.1.0.1] }
---
{ kind: address, network: lan, address: 10.1.0.7 }
---
{ kind: template, name: alpine, format: qcow2, source: { type: file, path: alpine.qcow2 } }
---
{ kind: disk, name: data, sizeGiB: 40, labels: {} }
`;

describe('vman apply', () => {
  let api: FakeApi;
  let folder: string;
  let file: string;
  const terminal = (tty = false) => new TestTerminal({ tty, env: { VMAN_URL: api.url, VMAN_TOKEN: TOKEN } });

  beforeEach(async () => {
    api = await FakeApi.start();
    folder = mkdtempSync(join(tmpdir(), 'vman-apply-'));
    file = join(folder, 'vms.yaml');
    writeFileSync(file, FILE);
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await api.stop();
  });

  it('shows the difference in a dry run, and asks what each change would come to', async () => {
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --dry-run`)).toBe(0);
    expectGolden('apply_dry_run.txt', shell.stdout);
    expect(api.changes).toEqual([`PATCH /v1/vms/${api.vms[0]?.id}?dryRun=true`, 'POST /v1/vms?dryRun=true']);
  });

  it('does not ask, in a dry run, for what needs something that is yet to be made', async () => {
    writeFileSync(
      file,
      'kind: template\nname: new\nformat: raw\nsource: { type: url, url: "http://x/y" }\n---\nname: vm\ntemplate: new\n',
    );
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --dry-run`)).toBe(0);
    expect(api.changes).toEqual(['POST /v1/templates?dryRun=true']);
    expect(shell.stdout).toContain('vm vm: not tried, it needs template new');
  });

  it('says, in a dry run, what would be refused', async () => {
    writeFileSync(file, 'name: fresh\ntemplate: debian\n');
    api.instead.push(
      problem('not_found', 'There is none.'),
      problem('placement_failed', 'No host has room.'),
    );
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --dry-run`)).toBe(6);
    expect(shell.stderr).toContain('vm fresh: ');
    expect(shell.stderr).toContain('No host has room.');
  });

  it('uploads the image that a template names here, unless it is there already', async () => {
    const image = join(folder, 'disk.raw');
    writeFileSync(image, 'bytes of an image');
    const sha256 = createHash('sha256').update('bytes of an image').digest('hex');
    const document = (name: string) =>
      `kind: template\nname: ${name}\nformat: raw\nsource: { type: upload, path: disk.raw }\n`;
    writeFileSync(file, document('fresh'));
    expect(await terminal().run(`apply -f ${file} --yes`)).toBe(0);
    const [post, put] = api.seen.filter(({ method }) => method !== 'GET');
    expect(post?.body).toEqual({ name: 'fresh', format: 'raw', source: { type: 'upload' }, sha256 });
    expect(put?.url).toMatch(/^\/v1\/templates\/[^/]+\/content$/);
    expect(put?.body).toBe('bytes of an image');

    Object.assign(api.templates[0] ?? {}, { format: 'raw', sha256 });
    writeFileSync(file, document('debian'));
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --yes`)).toBe(0);
    expect(shell.stdout).toBe('= template debian (unchanged)\n');
    writeFileSync(image, 'other bytes');
    expect(await terminal().run(`apply -f ${file} --yes`)).toBe(6);

    Object.assign(api.templates[0] ?? {}, { state: 'importing', sha256: undefined });
    const again = terminal();
    expect(await again.run(`apply -f ${file} --yes`)).toBe(0);
    expect(again.stdout).toContain('content: not uploaded ->');
    expect(api.changes.filter((it) => it.startsWith('PUT'))).toHaveLength(2);

    rmSync(image);
    const without = terminal();
    expect(await without.run(`apply -f ${file} --yes`)).toBe(2);
    expect(without.stderr).toContain('disk.raw cannot be read');
  });

  it('asks on a terminal and obeys', async () => {
    const shell = terminal(true);
    shell.answers = ['n'];
    expect(await shell.run(`apply -f ${file}`)).toBe(0);
    expect(shell.questions).toEqual(['1 to create, 1 to change, 1 unchanged. Apply this? [y/N] ']);
    expect(api.changes).toEqual([]);
  });

  it('creates, patches and switches, and has nothing to do the second time', async () => {
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --yes`)).toBe(0);
    const [first] = api.vms;
    expect(api.changes).toEqual([
      `PATCH /v1/vms/${first!.id}`,
      `POST /v1/vms/${first!.id}/shutdown`,
      'POST /v1/vms',
    ]);
    const patch = api.seen.find(({ method }) => method === 'PATCH')!;
    expect(patch.headers['if-match']).toBe('"g1"');
    expect(patch.body).toEqual({ vcpus: 2, labels: { colour: 'blue' } });
    writeFileSync(file, 'name: web-1\nvcpus: 1\n');
    expect(await terminal().run(`apply -f ${file}`)).toBe(0);
    expect(api.changes).toHaveLength(3);
  });

  it('starts what is stopped and resumes what is paused', async () => {
    api.vms[0]!.spec.desiredState = 'stopped';
    api.vms[1]!.spec.desiredState = 'paused';
    writeFileSync(file, 'name: hello\ndesiredState: running\n---\nname: web-1\ndesiredState: running\n');
    expect(await terminal().run(`apply -f ${file} --yes`)).toBe(0);
    expect(api.changes.map((it) => it.split('/').at(-1))).toEqual(['start', 'resume']);
  });

  it('touches nothing when a part of it is impossible', async () => {
    writeFileSync(file, 'name: web-1\ntemplate: other\n---\nname: new\n');
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --yes`)).toBe(6);
    expectGolden('apply_impossible.txt', shell.stdout);
    expect(shell.stderr).toContain('Nothing was changed');
    expect(api.changes).toEqual([]);
  });

  it('does not overwrite what somebody changed meanwhile', async () => {
    const shell = terminal(true);
    writeFileSync(file, 'name: hello\nvcpus: 3\n');
    shell.ask = async () => {
      api.vms[0]!.generation = 9;
      return 'y';
    };
    expect(await shell.run(`apply -f ${file}`)).toBe(6);
    expect(shell.stderr).toContain('Somebody changed the vm hello after the difference was shown');
    expect(shell.stderr).toContain(`vman diff -f ${file}`);
  });

  it('reads standard input, and gives data when data is wanted', async () => {
    const shell = terminal();
    shell.stdin = 'name: piped\n';
    expect(await shell.run('apply -f - --yes -o json')).toBe(0);
    expect(JSON.parse(shell.stdout)).toMatchObject({ vm: { name: 'piped' } });
    expect(shell.stderr).toContain('+ vm piped');
  });

  it.each([
    ['name: a\n---\nname: a\n', 'The vm a is described twice.'],
    ['name: a\nmemory: 1\n', 'not a field of a vm: memory'],
  ])('refuses %p before it asks the API', async (text, message) => {
    writeFileSync(file, text);
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --yes`)).toBe(2);
    expect(shell.stderr).toContain(message);
    expect(api.seen).toEqual([]);
  });

  it('names the file that is not there', async () => {
    const shell = terminal();
    expect(await shell.run('apply -f /no/such.yaml')).toBe(2);
    expect(shell.stderr).toContain('/no/such.yaml cannot be read: ENOENT');
  });

  it('needs --yes where nobody can be asked', async () => {
    expect(await terminal().run(`apply -f ${file}`)).toBe(2);
    expect(api.changes).toEqual([]);
  });

  it('takes things of every kind, in the order in which they need each other', async () => {
    writeFileSync(file, EVERY_KIND);
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --yes`)).toBe(0);
    expectGolden('apply_every_kind.txt', shell.stdout);
    expect(api.changes.map((it) => it.replace(/[0-9a-f-]{36}/, 'ID'))).toEqual([
      'POST /v1/projects',
      'PATCH /v1/quotas/shop',
      'PATCH /v1/hosts/ID',
      'PATCH /v1/pools/ID',
      'PATCH /v1/networks/ID',
      'POST /v1/addresses',
      'POST /v1/templates',
      'PATCH /v1/disks/ID',
      'POST /v1/vms',
      'POST /v1/port-forwards',
    ]);
    const patches = api.seen.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ headers }) => headers['if-match'])).toEqual(Array(5).fill(expect.any(String)));
    expect(patches.map(({ body }) => body)).toEqual([
      { vcpus: 8 },
      { labels: { rack: 'a' }, cpuOvercommit: 4 },
      { overcommit: 2 },
      { mtu: 1500 },
      { labels: { tier: null }, sizeGiB: 40 },
    ]);
  });

  it('reads the files of a folder, and those that say nothing new are unchanged', async () => {
    const files = {
      'a.yaml': 'kind: disk\nname: data\nsizeGiB: 30\n',
      'b.json': '{"name":"web-1"}',
      'c.txt': '!',
    };
    rmSync(file);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const shell = terminal();
    expect(await shell.run(`apply -f ${folder}`)).toBe(0);
    expect(shell.stdout).toBe('= disk data (unchanged)\n= vm web-1 (unchanged)\n');
    expect(await terminal().run(`diff -f ${folder}`)).toBe(0);
    expect(api.changes).toEqual([]);
  });

  it('diff ends with 1 when there is a difference, and changes nothing', async () => {
    const shell = terminal();
    expect(await shell.run(`diff -f ${file}`)).toBe(1);
    expect(shell.stdout).toContain('~ vm hello');
    const data = terminal();
    expect(await data.run(`diff -f ${file} -o json`)).toBe(1);
    expect(JSON.parse(data.stdout)).toMatchObject([{ plan: 'change' }, { plan: 'create' }, { plan: 'same' }]);
    expect(api.changes).toEqual([]);
  });

  it('delete takes away what files describe, last first, and minds neither what is gone nor what stays', async () => {
    writeFileSync(file, EVERY_KIND);
    const shell = terminal();
    expect(await shell.run(`delete -f ${file} --yes`)).toBe(0);
    expect(api.changes.map((it) => it.replace(/[0-9a-f-]{36}/, 'ID'))).toEqual([
      'DELETE /v1/disks/ID',
      'DELETE /v1/networks/ID',
    ]);
    expect(shell.stderr).toContain('vm new-1 is not there');
    expect(shell.stderr).toContain('host alpha stays');
    const asked = terminal(true);
    asked.answers = ['n'];
    expect(await asked.run(`delete -f ${file}`)).toBe(0);
    expect(api.changes).toHaveLength(2);
  });

  it.each([
    ['kind: wm\nname: a\n', 'kind wm is not known'],
    ['kind: template\nname: a\n', 'a template needs format, source'],
    ['kind: network\nname: a\ncolour: red\n', 'not a field of a network: colour'],
    ['kind: host\nname: nowhere\nlabels: {}\n', undefined],
    ['---\n---\n', 'holds nothing'],
  ])('%p is refused with a word that helps', async (text, message) => {
    writeFileSync(file, text);
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --yes`)).toBe(message === undefined ? 6 : 2);
    expect(shell.stderr).toContain(message ?? 'Nothing was changed');
    if (message === undefined) expect(shell.stdout).toContain('vman host enroll');
  });
});
