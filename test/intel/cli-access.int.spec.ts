/** The commands of projects, quotas, tokens and the audit, against the real API. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TestTerminal } from '../cli/test-terminal.js';
import { IntelUnderTest } from './intel-under-test.js';

let intel: IntelUnderTest;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
}, 60_000);
afterAll(() => intel?.end(), 20_000);

async function vman(line: string, token = intel.token) {
  const env = { VMAN_URL: `http://127.0.0.1:${intel.port}`, VMAN_TOKEN: token };
  const terminal = new TestTerminal({ env });
  terminal.nowMs = () => Date.now();
  const exitCode = await terminal.run(line);
  return { exitCode, out: terminal.stdout, err: terminal.stderr };
}

it('make a project, limit it, give it a token, and tell who did so', async () => {
  expect((await vman('project create shop --description sells -l team=web')).exitCode).toBe(0);
  expect((await vman('project list')).out).toMatch(/^shop +sells/m);
  expect((await vman('quota update shop --vms 3 --disk 2TiB')).exitCode).toBe(0);
  expect(JSON.parse((await vman('quota get shop -o json')).out)).toMatchObject({
    project: 'shop',
    limits: { vms: 3, diskGiB: 2048, vcpus: null },
    usage: { vms: 0 },
  });
  const token = (await vman('token create of-shop --role viewer --project shop')).out.trim();
  expect((await vman('project list -o name', token)).out).toBe('shop\n');
  expect((await vman('project get default', token)).exitCode).toBe(3);
  expect((await vman('quota update shop --vms 9', token)).exitCode).toBe(4);
  const busy = await vman('project delete shop -y');
  expect([busy.exitCode, busy.err]).toEqual([6, expect.stringContaining('still has 1 tokens')]);
  const exported = (await vman('audit export --project shop')).out.trimEnd().split('\n');
  const rows = exported.map((line) => JSON.parse(line));
  expect(rows.map(({ actor, verb, outcome }) => [actor, verb, outcome])).toEqual([
    ['of-shop', 'quota.update', 'refused'],
    ['first', 'token.create', 'succeeded'],
    ['first', 'project.quota', 'succeeded'],
    ['first', 'project.create', 'succeeded'],
  ]);
  expect((await vman('audit list --project shop --outcome refused -o wide')).out).toContain('forbidden');
  expect((await vman('token delete of-shop -y')).exitCode).toBe(0);
  expect((await vman('project delete shop -y')).exitCode).toBe(0);
});
