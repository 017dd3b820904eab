import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  ConditionView,
  GuestAddressesView,
  GuestExecView,
  GuestFileView,
  GuestFrozenView,
  GuestPingView,
  GuestThawedView,
  ProblemView,
  TemplateChangeView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import { Stack } from './stack/stack.js';

const BOOT_MS = 120_000;
const SECRET = 'a-password-nobody-else-has';

describe('the agent in a guest', () => {
  let stack: Stack;
  let id: string;

  const ask = <T>(verb: string, body: object = {}) =>
    stack.api.ask<T>('POST', `/v1/vms/${id}/guest/${verb}`, body);
  const refusal = async (verb: string, body: object = {}) =>
    (await stack.api.send<ProblemView>('POST', `/v1/vms/${id}/guest/${verb}`, body)).body;
  const shell = (script: string) =>
    ask<GuestExecView>('exec', { path: '/bin/sh', arguments: ['-c', script], timeoutSeconds: 30 });
  const condition = (vm: VmView, type: string) =>
    vm.status.conditions.find((it) => it.type === type) as ConditionView;
  const untilConnected = () =>
    waitFor(
      async () => {
        const vm = await stack.api.vm(id);
        return condition(vm, 'AgentConnected').status === 'true' && vm;
      },
      { timeoutMs: BOOT_MS, everyMs: 50, what: 'the agent is connected' },
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
    const created = await stack.api.createVm({ name: 'guest', template: 'demo', memoryMiB: 256 });
    id = created.vm.id;
    expect((await stack.api.finished(created.operation)).status).toBe('succeeded');
  }, 300_000);
  afterAll(() => stack?.stop(), 60_000);

  it('is not there while the guest boots, and that is said at once', async () => {
    const vm = await stack.api.vm(id);
    expect(condition(vm, 'AgentConnected').status).not.toBe('true');
    expect(condition(vm, 'Ready').status).toBe('true');
    expect(await refusal('ping')).toMatchObject({ code: 'guest_agent_unavailable', status: 409 });
  });

  it(
    'shows as a condition with its addresses once it answers',
    async () => {
      const connected = await untilConnected();
      expect(condition(connected, 'AgentConnected').lastTransitionAt).toBeDefined();
      const vm = await waitFor(
        async () => {
          const now = await stack.api.vm(id);
          return now.status.addresses.length > 0 && now;
        },
        { timeoutMs: 30_000, everyMs: 100, what: 'the guest has an address' },
      );
      expect(vm.status.addresses).toContainEqual(
        expect.objectContaining({ address: '10.0.2.15', source: 'user', mac: vm.spec.nics[0]?.mac }),
      );
      expect((await ask<GuestPingView>('ping')).roundTripMs).toBeGreaterThan(0);
      const live = await stack.api.ask<GuestAddressesView>('GET', `/v1/vms/${id}/guest/addresses`);
      expect(live.interfaces.map(({ name }) => name)).toContain('lo');
    },
    BOOT_MS,
  );

  it('runs a program and gives its output, its exit code, and no more than 1 MiB of it', async () => {
    const uptime = await ask<GuestExecView>('exec', { path: '/bin/cat', arguments: ['/proc/uptime'] });
    expect(uptime).toMatchObject({ exitCode: 0, stdoutTruncated: false, stderr: '' });
    expect(uptime.stdout).toMatch(/^\d+\.\d+ \d+\.\d+\n$/);
    const piped = await ask<GuestExecView>('exec', { path: '/bin/cat', stdin: 'typed\n' });
    expect(piped.stdout).toBe('typed\n');
    expect(await shell('echo no >&2; exit 7')).toMatchObject({ exitCode: 7, stderr: 'no\n' });
    const long = await shell('head -c 1100000 /dev/zero | tr "\\0" x; head -c 900000 /dev/zero >&2');
    expect([long.stdout.length, long.stdoutTruncated]).toEqual([1_048_576, true]);
    expect([long.stderr.length, long.stderrTruncated]).toEqual([900_000, false]);
    expect(await refusal('exec', { path: '/no/such' })).toMatchObject({ code: 'guest_refused' });
    const slow = { path: '/bin/sleep', arguments: ['3'], timeoutSeconds: 1 };
    expect(await refusal('exec', slow)).toMatchObject({ code: 'deadline_exceeded', status: 504 });
  }, 60_000);

  it('writes a file and reads it again, and a missing one is refused in its words', async () => {
    const content = Buffer.alloc(300_000, 'vman\0\xff', 'latin1').toString('base64');
    await ask('write-file', { path: '/tmp/note', content, encoding: 'base64' });
    const read = await ask<GuestFileView>('read-file', { path: '/tmp/note', encoding: 'base64' });
    expect(read).toEqual({ content, encoding: 'base64', truncated: false });
    const head = await ask<GuestFileView>('read-file', { path: '/tmp/note', maxBytes: 4 });
    expect(head).toMatchObject({ content: 'vman', truncated: true });
    const missing = await refusal('read-file', { path: '/no/such' });
    expect(missing).toMatchObject({ code: 'guest_refused', detail: expect.stringContaining('No such file') });
  }, 60_000);

  it('sets a password, which is found in no log', async () => {
    const wanted = { user: 'root', password: SECRET };
    expect(await refusal('set-password', wanted)).toMatchObject({
      code: 'guest_refused',
      detail: expect.stringContaining('passwd'),
    });
    // The small guest has no such program; the agent hands it the user and the password.
    await ask('write-file', { path: '/usr/sbin/chpasswd', content: '#!/bin/sh\ncat > /root/told\n' });
    await shell('chmod 755 /usr/sbin/chpasswd');
    await ask('set-password', wanted);
    const told = await ask<GuestFileView>('read-file', { path: '/root/told' });
    expect(told.content).toBe(`root:${SECRET}\n`);
    for (const service of stack.services) expect(service.log).not.toContain(SECRET);
  }, 60_000);

  it('freezes and thaws the file systems', async () => {
    const frozen = await ask<GuestFrozenView>('freeze', { thawAfterSeconds: 60 });
    expect(frozen.fileSystems).toBeGreaterThan(0);
    expect(Date.parse(frozen.thawsAt)).toBeGreaterThan(Date.now());
    await waitFor(async () => (await stack.api.vm(id)).status.guest?.frozenUntil === frozen.thawsAt, {
      what: 'the freeze is shown',
    });
    expect(await refusal('freeze')).toMatchObject({ code: 'invalid_state' });
    expect(await refusal('exec', { path: '/bin/true' })).toMatchObject({ code: 'guest_refused' });
    expect((await ask<GuestThawedView>('thaw')).fileSystems).toBe(frozen.fileSystems);
    expect((await shell('echo ok > /root/after-thaw && cat /root/after-thaw')).stdout).toBe('ok\n');
  }, 60_000);

  it('is thawed in time when the operator is killed in the middle of a freeze', async () => {
    await stack.operator.end('SIGKILL');
    stack.operator.start({ VMAN_FAILPOINTS: 'operator.guest.frozen=crash' });
    await stack.operator.ready();
    const answers = async () => (await stack.api.send('POST', `/v1/vms/${id}/guest/ping`)).status === 200;
    await waitFor(answers, { what: 'the agent answers the new operator' });
    const limit = performance.now() + 5_000;
    const lost = refusal('freeze', { thawAfterSeconds: 5 });
    await stack.operator.gone();
    stack.operator.start();
    await stack.operator.ready();
    const thawed = await waitFor(
      async () => {
        const { status, body } = await stack.api.send<GuestExecView>('POST', `/v1/vms/${id}/guest/exec`, {
          path: '/bin/sh',
          arguments: ['-c', 'echo ok > /root/after-kill && cat /root/after-kill'],
        });
        return status === 200 && body;
      },
      { timeoutMs: 20_000, everyMs: 100, what: 'the guest writes again' },
    );
    expect(performance.now()).toBeLessThan(limit + 3_000);
    expect(thawed.stdout).toBe('ok\n');
    expect(await lost).toMatchObject({ code: 'host_unreachable' });
  }, 60_000);
});
