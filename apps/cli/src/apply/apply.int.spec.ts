import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectGolden } from '../../../../test/cli/expect-golden.js';
import { TestTerminal } from '../../../../test/cli/test-terminal.js';
import { FakeApi } from '../../../../test/fake-api/fake-api.js';
import { TOKEN } from '../../../../test/fake-api/fake-state.js';

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

  it('shows the difference and changes nothing in a dry run', async () => {
    const shell = terminal();
    expect(await shell.run(`apply -f ${file} --dry-run`)).toBe(0);
    expectGolden('apply_dry_run.txt', shell.stdout);
    expect(api.changes).toEqual([]);
  });

  it('asks on a terminal and obeys', async () => {
    const shell = terminal(true);
    shell.answers = ['n'];
    expect(await shell.run(`apply -f ${file}`)).toBe(0);
    expect(shell.questions).toEqual(['Apply this to 2 VMs? [y/N] ']);
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
    expect(shell.stderr).toContain('[precondition_failed]');
  });

  it('reads standard input, and gives data when data is wanted', async () => {
    const shell = terminal();
    shell.stdin = 'name: piped\n';
    expect(await shell.run('apply -f - --yes -o json')).toBe(0);
    expect(JSON.parse(shell.stdout)).toMatchObject({ vm: { name: 'piped' } });
    expect(shell.stderr).toContain('+ vm piped');
  });

  it.each([
    ['name: a\n---\nname: a\n', 'The VM a is described twice.'],
    ['name: a\nmemory: 1\n', 'not a field of a VM: memory'],
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
});
