import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type {
  ConditionView,
  GuestExecView,
  ProblemView,
  TemplateChangeView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import { Stack } from './stack/stack.js';

const BOOT_MS = 120_000;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHR0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVz anna@desk';
const CANARY = 'vmanCanary5d2f';
const NETWORK = `version: 2
ethernets:
  eth0:
    addresses:
      - 10.0.2.77/24
    routes:
      - to: 0.0.0.0/0
        via: 10.0.2.2
# ${CANARY}
`;

describe('the first boot of a guest', () => {
  let stack: Stack;
  let id: string;
  const answers: unknown[] = [];

  const told = async <T>(answer: Promise<T>): Promise<T> => {
    answers.push(await answer);
    return answer;
  };
  const inside = async (script: string) =>
    (
      await stack.api.ask<GuestExecView>('POST', `/v1/vms/${id}/guest/exec`, {
        path: '/bin/sh',
        arguments: ['-c', script],
        timeoutSeconds: 30,
      })
    ).stdout;
  const condition = (vm: VmView, type: string) =>
    vm.status.conditions.find((it) => it.type === type) as ConditionView;
  const until = (what: string, check: (vm: VmView) => boolean) =>
    waitFor(
      async () => {
        const vm = await told(stack.api.vm(id));
        return check(vm) && vm;
      },
      { timeoutMs: BOOT_MS, everyMs: 100, what },
    );

  beforeAll(async () => {
    const image = await ensureGuestImage();
    stack = await Stack.start({ importPath: dirname(image.path) });
    const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name: 'demo',
      format: image.format,
      source: { type: 'file', path: image.path.split('/').at(-1) },
    });
    await stack.api.finished(operation);
    const created = await told(
      stack.api.createVm({
        name: 'seeded',
        template: 'demo',
        memoryMiB: 256,
        cloudInit: {
          hostName: 'told-name',
          sshKeys: [KEY],
          users: [{ name: 'anna', passwordHash: `$6$${CANARY}$hashhash` }],
          runCommands: [`echo ${CANARY} > /run/marker`],
          networkConfig: NETWORK,
        },
      }),
    );
    id = created.vm.id;
    expect((await stack.api.finished(created.operation)).status).toBe('succeeded');
  }, 300_000);
  afterAll(() => stack?.stop(), 60_000);

  it(
    'sets its host name, its key and its address, and is told as done',
    async () => {
      const vm = await until('cloud-init is done', (it) => condition(it, 'CloudInitDone').status === 'true');
      expect(condition(vm, 'CloudInitDone')).toMatchObject({
        reason: 'done',
        lastTransitionAt: expect.any(String),
      });
      expect(await inside('hostname')).toBe('told-name\n');
      expect(await inside('cat /root/.ssh/authorized_keys')).toContain(KEY);
      expect(await inside('ip -4 -o addr show dev eth0')).toContain('10.0.2.77/24');
      expect(await inside('cat /run/marker')).toBe(`${CANARY}\n`);
      await until('the address is told', (it) =>
        it.status.addresses.some((at) => at.address === '10.0.2.77'),
      );
    },
    BOOT_MS,
  );

  it('shows what it was told, but no secret of it', async () => {
    const { spec } = await told(stack.api.vm(id));
    expect(spec.cloudInit).toMatchObject({
      hostName: 'told-name',
      sshKeys: [KEY],
      users: [{ name: 'anna', passwordHash: { sizeBytes: expect.any(Number) } }],
      networkConfig: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), sizeBytes: NETWORK.length },
    });
  });

  it('happens again only after a change of it, with the next start', async () => {
    const before = await stack.api.vm(id);
    const refused = await told(
      stack.api.send<ProblemView>('PATCH', `/v1/vms/${id}`, {
        cloudInit: { users: null, runCommands: null, userData: `no kind of ours ${CANARY}` },
      }),
    );
    expect(refused.body).toMatchObject({
      code: 'invalid_input',
      errors: [{ field: 'cloudInit.userData', code: 'kind' }],
    });
    await told(
      stack.api.send('PATCH', `/v1/vms/${id}`, {
        cloudInit: {
          users: null,
          runCommands: null,
          userData: `#!/bin/sh\necho ${CANARY} again >&2\nexit 3\n`,
        },
      }),
    );
    const waiting = await until(
      'it waits for the next start',
      (it) => condition(it, 'RestartRequired').status === 'true',
    );
    expect(condition(waiting, 'RestartRequired').message).toContain('cloudInit');
    expect(condition(waiting, 'CloudInitDone')).toMatchObject({ status: 'unknown', reason: 'unknown' });
    expect(waiting.spec.cloudInit?.instanceId).not.toBe(before.spec.cloudInit?.instanceId);
    await stack.api.finished((await stack.api.verb(id, 'stop')).operation);
    await stack.api.finished((await stack.api.verb(id, 'start')).operation);
    const failed = await until(
      'it is told as failed',
      (it) => condition(it, 'CloudInitDone').reason === 'error',
    );
    expect(condition(failed, 'CloudInitDone')).toMatchObject({
      status: 'false',
      message: 'user data ended with status 3',
    });
  }, 180_000);

  it('leaves no secret in any answer, event, log file or table but its own', async () => {
    answers.push(
      await stack.api.ask('GET', '/v1/operations?limit=1000'),
      await stack.api.ask('GET', '/v1/vms'),
    );
    answers.push(await (await fetch(`${stack.intel.url}/metrics`)).text());
    expect(JSON.stringify(answers)).not.toContain(CANARY);
    const searched = (path: string) =>
      path.startsWith(join(stack.folder, 'logs')) || /VMAN_(EVENTS|COMMANDS)|qemu\.log$/.test(path);
    const files = filesBelow(stack.folder).filter(searched);
    expect(files.filter((path) => path.includes('VMAN_EVENTS')).length).toBeGreaterThan(0);
    expect(files.filter((path) => readFileSync(path, 'latin1').includes(CANARY))).toEqual([]);
    expect(await tablesWith(stack.database.url, CANARY)).toEqual(['vms']);
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

async function tablesWith(url: string, text: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const { rowCount } = await client.query(`SELECT 1 FROM "${name}" t WHERE t::text LIKE $1 LIMIT 1`, [
        `%${text}%`,
      ]);
      if (rowCount) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}
