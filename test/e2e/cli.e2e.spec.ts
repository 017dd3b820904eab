import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Operation, Vm } from '#libs/client';
import { processorTimeOf, runVman } from '../cli/run-vman.js';
import { Stack } from './stack/stack.js';

const PROJECT = resolve(import.meta.dirname, '../..');
const START_MS = 150;
/** The first start fills the compile cache. */
const STARTS = 4;

describe('the vman command and the trio', () => {
  let stack: Stack;
  let images: string;
  let env: Record<string, string>;
  const vman = (line: string, stdin?: string) => runVman(line.split(' '), env, stdin);

  /** A line that is to succeed, and what it printed. */
  async function done(line: string): Promise<string> {
    const { exitCode, stdout, stderr } = await vman(line);
    const said = exitCode === 0 ? '' : stderr;
    expect({ line, exitCode, stderr: said }).toEqual({ line, exitCode: 0, stderr: '' });
    return stdout;
  }

  /** Likewise, read as data. */
  const data = async <T>(line: string) => JSON.parse(await done(`${line} -o json`)) as T;

  beforeAll(async () => {
    images = mkdtempSync(join(tmpdir(), 'vman-images-'));
    writeFileSync(join(images, 'blank.raw'), Buffer.alloc(1024 * 1024));
    stack = await Stack.start({ importPath: images });
    env = { VMAN_URL: stack.intel.url, VMAN_TOKEN_FILE: join(stack.folder, 'token') };
  }, 180_000);
  afterAll(async () => {
    await stack?.stop();
    rmSync(images, { recursive: true });
  }, 60_000);

  it('the description that is checked in is the one that is served', async () => {
    const served = await (await fetch(`${stack.intel.url}/openapi.json`)).json();
    expect(served).toEqual(parse(readFileSync(join(PROJECT, 'openapi', 'intel.yaml'), 'utf8')));
  });

  it('creates a VM and shows the steps until it runs', async () => {
    const made = await vman('vm create bare --disk 1GiB --memory 128MiB --forward 22 -l tier=test');
    expect(made).toMatchObject({ exitCode: 0, stdout: 'bare: running\n' });
    expect(made.stderr).toMatch(/ done in \d+/);
    const [vm] = await data<Vm[]>('vm list --state running -l tier=test');
    expect(vm).toMatchObject({ name: 'bare', spec: { memoryMiB: 128 }, status: { state: 'running' } });
    expect(stack.pidsOf(vm?.id ?? '')).toEqual([vm?.status.pid]);
  }, 60_000);

  it('drives its power by name', async () => {
    expect(await vman('vm pause bare')).toMatchObject({ exitCode: 0, stdout: 'bare: paused\n' });
    expect(await vman('vm resume bare')).toMatchObject({ exitCode: 0, stdout: 'bare: running\n' });
    expect(await vman('vm stop bare')).toMatchObject({ exitCode: 0, stdout: 'bare: stopped\n' });
    expect(await vman('vm wait bare --for running --timeout 300ms')).toMatchObject({ exitCode: 7 });
    expect(await vman('vm start bare --no-wait')).toMatchObject({ exitCode: 0 });
    expect(await vman('vm wait bare --for ready --timeout 30s')).toMatchObject({ exitCode: 0 });
    const operations = await data<Operation[]>('operation list --vm bare --kind vm.start');
    expect(operations).toMatchObject([{ kind: 'vm.start', status: 'succeeded' }]);
  }, 90_000);

  it('applies a file once, and has nothing to do the second time', async () => {
    const file = 'name: bare\nvcpus: 2\nlabels: { tier: prod }\n';
    const shown = await vman('apply -f - --dry-run', file);
    expect(shown.stdout).toContain('vcpus: 1 -> 2  (with the next start)');
    expect(await vman('apply -f - --yes', file)).toMatchObject({ exitCode: 0 });
    expect(await data<Vm>('vm get bare')).toMatchObject({ labels: { tier: 'prod' }, spec: { vcpus: 2 } });
    expect(await vman('apply -f - --yes', file)).toMatchObject({
      exitCode: 0,
      stdout: '= vm bare (unchanged)\n',
    });
  }, 60_000);

  it('applies the examples, once, and deletes them again', async () => {
    await done(`template create demo --server-file blank.raw --format raw`);
    const files = ['web.yaml', 'shop'].map((it) => `-f ${join(PROJECT, 'examples', it)}`).join(' ');
    expect(await vman(`diff ${files}`)).toMatchObject({ exitCode: 1 });
    await done(`apply ${files} --yes`);
    expect(await vman(`diff ${files}`)).toMatchObject({ exitCode: 0 });
    const names = (await vman('vm list --state running -o name')).stdout.split('\n').sort();
    expect(names).toEqual(expect.arrayContaining(['shop-1', 'shop-2', 'web-1']));
    await done(`delete ${files} --yes`);
    expect(await vman('project get shop')).toMatchObject({ exitCode: 3 });
    await vman('template delete demo --yes');
  }, 120_000);

  it('makes, shows and removes each of the other things', async () => {
    expect(await done('disk create data --size 1GiB')).toBe('data: available\n');
    expect(await done('disk attach data bare')).toBe('data: attached\n');
    expect(await done('disk list --vm bare -o name')).toContain('data\n');
    await done('vm stop bare');
    expect(await done('disk detach data')).toBe('data: available\n');
    expect(await done('disk delete data -y')).toBe('data: deleted\n');
    expect(await done('snapshot create bare before')).toBe('bare/before: ready\n');
    expect(await done('snapshot list -o name')).toBe('bare/before\n');
    expect(await done('snapshot restore bare/before -y')).toBe('bare: stopped\n');
    expect(await done('snapshot delete bare/before -y')).toBe('bare/before: deleted\n');
    expect(await done('port-forward create bare 8080')).toMatch(/^bare: /);
    expect(await done('port-forward list --vm bare -o json')).toContain('"guestPort": 8080');
    await done('network create lan --cidr 10.77.0.0/24');
    expect(await done('address create 10.77.0.9 --network lan')).toBe('10.77.0.9: reserved\n');
    expect(await done('address delete 10.77.0.9 -y')).toBe('10.77.0.9: released\n');
    expect(await done('network delete lan -y')).toBe('lan: deleted\n');
    await done('project create shop');
    expect(await done('quota update shop --vms 1 --memory 1GiB')).toBe('shop: changed\n');
    expect(await done('quota get shop')).toContain('0 B/1 GiB');
    expect(await done('project delete shop -y')).toBe('shop: deleted\n');
    expect(await done('pool list -o name')).toBe('local\n');
    await done('pool update local --overcommit 2');
    expect(await done('vm explain bare')).toMatch(/Wanted: +stopped/);
    const events = await data<{ type: string }[]>('event list --limit 1000');
    expect(events.map(({ type }) => type)).toContain('vm.state');
    const audit = await data<{ verb: string }[]>('audit list --limit 1000');
    expect(audit.map(({ verb }) => verb)).toEqual(expect.arrayContaining(['disk.create', 'snapshot.create']));
    await done('repair pause --vm bare --for 1m --reason test');
    const [pause] = await data<{ id: string }[]>('repair pauses');
    await done(`repair unpause ${pause?.id}`);
    for (const list of ['drift list', 'repair list']) expect(Array.isArray(await data(list))).toBe(true);
    expect(await done('backup list -o name')).toBe('');
    await done('vm start bare');
  }, 120_000);

  it('says by its exit code what the API refused', async () => {
    expect(await vman('vm get absent')).toMatchObject({ exitCode: 3, stdout: '' });
    const twice = await vman('vm create bare --disk 1');
    expect(twice).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('[already_exists]') });
    const wrong = await vman('vm create Wrong_Name --disk 1');
    expect(wrong).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('  name: must be') });
    const missing = await vman('vm create other -t no-such-template');
    expect(missing.exitCode).toBeGreaterThan(0);
    expect(missing.stderr).toContain('hint:');
    const nobody = await runVman(['vm', 'list'], { ...env, VMAN_TOKEN: 'wrong' });
    expect(nobody).toMatchObject({ exitCode: 4 });
    const { stdout: token } = await vman('token create onlooker --role viewer');
    const onlooker = { VMAN_URL: stack.intel.url, VMAN_TOKEN: token };
    expect(await runVman(['vm', 'stop', 'bare'], onlooker)).toMatchObject({ exitCode: 4 });
    expect(await runVman(['vm', 'list', '-o', 'name'], onlooker)).toMatchObject({
      exitCode: 0,
      stdout: 'bare\n',
    });
  }, 60_000);

  it('completes the names that there are', async () => {
    expect((await vman('__complete vm stop b')).stdout).toBe('bare\n');
    expect((await vman('__complete host get ')).stdout).toBe('host-1\n');
  });

  it('finds the fleet well', async () => {
    const findings = await data<{ about: string; status: string }[]>('doctor');
    const statusOf = (about: string) => findings.find((it) => it.about === about)?.status;
    expect(findings.filter(({ status }) => status === 'fault')).toEqual([]);
    expect([statusOf('api'), statusOf('token'), statusOf('clock')]).toEqual(['ok', 'ok', 'ok']);
  });

  it.each(['--version', 'vm --help'])(
    `%s takes less than ${START_MS} ms`,
    async (line) => {
      const took: number[] = [];
      for (let start = 0; start < STARTS; start++) took.push(await processorTimeOf(line.split(' ')));
      expect(Math.min(...took)).toBeLessThan(START_MS);
    },
    30_000,
  );

  it('asks the API without the built-in fetch, which takes long to load', async () => {
    // no double quotes and no spaces, which part options
    const loaded = `process.moduleLoadList.filter((it)=>it.includes('undici')).length`;
    const told = `data:text/javascript,process.on('exit',()=>console.error(${loaded}))`;
    const options = { ...env, NODE_OPTIONS: `--import=${told}` };
    expect(await runVman(['vm', 'list', '-o', 'name'], options)).toMatchObject({
      exitCode: 0,
      stderr: '0\n',
    });
  });

  it('puts it into the trash and takes it out again', async () => {
    // A disk without a system does not listen when it is asked to go off.
    await vman('vm stop bare');
    const trashed = await vman('vm delete bare --keep-for 1h --yes');
    expect(trashed).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^bare: in the trash until 2/),
    });
    expect((await vman('vm list -o name')).stdout).toBe('');
    expect((await vman('vm trash -o name')).stdout).toBe('bare\n');
    expect(await vman('apply -f - --yes', 'name: bare\n')).toMatchObject({ exitCode: 6 });
    expect(await vman('vm restore bare')).toMatchObject({ exitCode: 0, stdout: 'bare: stopped\n' });
  }, 90_000);

  it('says what a change would do, and does not do it', async () => {
    const tried = await vman('vm start bare --dry-run');
    expect(tried).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('launch') });
    expect(await vman('vm wait bare --for stopped')).toMatchObject({ exitCode: 0 });
    expect(await vman('vm start bare')).toMatchObject({ exitCode: 0 });
  }, 60_000);

  it('deletes it', async () => {
    const { id } = await data<Vm>('vm get bare');
    expect(await vman('vm delete bare --yes')).toMatchObject({ exitCode: 0, stdout: 'bare: deleted\n' });
    expect(await vman('vm get bare')).toMatchObject({ exitCode: 3 });
    expect(stack.pidsOf(id)).toEqual([]);
  }, 60_000);
});
