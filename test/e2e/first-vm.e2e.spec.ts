import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DryRunView, TemplateChangeView, VmListView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import type { VmAndOperation } from './stack/api.js';
import { Stack } from './stack/stack.js';

const BOOT_MS = 120_000;

/** The guest's own words, over its forwarded port. */
async function askGuest(vm: VmView): Promise<string> {
  const port = vm.status.portForwards.find((it) => it.guestPort === 80)?.hostPort;
  return waitFor(
    async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/cgi-bin/info`, {
        signal: AbortSignal.timeout(2_000),
      });
      return answer.ok && (await answer.text());
    },
    { timeoutMs: BOOT_MS, everyMs: 200, what: 'the guest answers over its forwarded port' },
  );
}

const boots = (text: string) => Number(/^boots (\d+)/m.exec(text)?.[1]);

describe('the first VM', () => {
  let stack: Stack;
  let vm: VmView;
  const pid = () => stack.pidsOf(vm.id)[0]!;

  beforeAll(async () => {
    const image = await ensureGuestImage();
    stack = await Stack.start({ importPath: dirname(image.path) });
    const { template, operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name: 'demo',
      format: image.format,
      source: { type: 'file', path: image.path.split('/').at(-1) },
    });
    expect(template.name).toBe('demo');
    expect((await stack.api.finished(operation)).status).toBe('succeeded');
  }, 300_000);
  afterAll(() => stack?.stop(), 60_000);

  it('can be tried first: its host tells the arguments of QEMU, and nothing is made', async () => {
    const body = { name: 'hello', template: 'demo', memoryMiB: 256, nics: [{ kind: 'user' }] };
    const tried = await stack.api.ask<DryRunView>('POST', '/v1/vms?dryRun=true', body);
    expect(tried.answer.status).toBe(201);
    expect(tried.placement).toMatchObject([{ verdict: 'chosen' }]);
    const [plan] = tried.plans;
    expect(plan?.error).toBeUndefined();
    expect(plan?.steps).toEqual(expect.arrayContaining([expect.stringContaining('launch')]));
    expect(plan?.qemuArguments.join(' ')).toMatch(/-uuid \S+/);
    expect(plan?.qemuArguments.join(' ')).toContain(`${tried.plans[0]?.vm.id}`);
    expect((await stack.api.ask<VmListView>('GET', '/v1/vms')).items).toEqual([]);
    expect(stack.pidsOf(String(plan?.vm.id))).toEqual([]);
  });

  it(
    'answers over its forwarded port after one POST',
    async () => {
      const created = await stack.api.createVm({
        name: 'hello',
        template: 'demo',
        memoryMiB: 256,
        nics: [{ kind: 'user', portForwards: [{ guestPort: 80 }] }],
      });
      expect(created.operation).toMatchObject({ kind: 'vm.create', origin: 'user' });
      expect((await stack.api.finished(created.operation)).status).toBe('succeeded');
      vm = await stack.api.vm(created.vm.id);
      expect(vm.status.state).toBe('running');
      const answer = await askGuest(vm);
      expect(answer).toMatch(/^cpus 1$/m);
      expect(boots(answer)).toBe(1);
    },
    BOOT_MS,
  );

  it(
    'runs again after its QEMU was killed, by an operation of the observer that says when and why',
    async () => {
      const before = pid();
      process.kill(before, 'SIGKILL');
      const repair = await waitFor(
        async () => (await stack.api.operationsOf(vm.id)).find((it) => it.kind === 'vm.repair'),
        { what: 'the repair is an operation' },
      );
      expect(repair).toMatchObject({ origin: 'observer', reason: expect.stringContaining('killed') });
      expect(Date.parse(repair.detectedAt ?? '')).toBeGreaterThan(0);
      expect((await stack.api.finished(repair)).status).toBe('succeeded');
      const again = await stack.api.untilState(vm.id, 'running');
      expect(again.status.restart.count).toBe(1);
      expect(again.status.lastExit).toMatchObject({ sequence: 1, reason: 'killed' });
      expect(pid()).not.toBe(before);
      expect(boots(await askGuest(vm))).toBe(2);
    },
    BOOT_MS,
  );

  it('keeps its process when the operator is killed, and is controllable once it is back', async () => {
    const before = pid();
    await stack.operator.end('SIGKILL');
    expect(stack.pidsOf(vm.id)).toEqual([before]);
    stack.operator.start();
    await stack.operator.ready();
    const adopted = await stack.api.untilState(vm.id, 'running');
    expect(adopted.status.pid).toBe(before);
    const paused = await stack.api.verb(vm.id, 'pause');
    expect((await stack.api.finished(paused.operation)).status).toBe('succeeded');
    expect((await stack.api.vm(vm.id)).status.state).toBe('paused');
    const resumed = await stack.api.verb(vm.id, 'resume');
    expect((await stack.api.finished(resumed.operation)).status).toBe('succeeded');
    expect(stack.pidsOf(vm.id)).toEqual([before]);
    expect((await stack.api.operationsOf(vm.id)).filter((it) => it.kind === 'vm.repair')).toHaveLength(1);
  }, 60_000);

  it(
    'shuts down when its guest is asked to, and starts again',
    async () => {
      await askGuest(vm);
      const shutdown = await stack.api.verb(vm.id, 'shutdown', { timeoutSeconds: 60 });
      expect((await stack.api.finished(shutdown.operation, BOOT_MS)).status).toBe('succeeded');
      expect((await stack.api.vm(vm.id)).status.state).toBe('stopped');
      expect(stack.pidsOf(vm.id)).toEqual([]);
      const start = await stack.api.verb(vm.id, 'start');
      expect((await stack.api.finished(start.operation)).status).toBe('succeeded');
      expect(boots(await askGuest(vm))).toBe(3);
    },
    2 * BOOT_MS,
  );

  it(
    'stays off after its guest powered itself off: no PATCH, no restart of an agent, no re-seed starts it',
    async () => {
      await askGuest(vm);
      await stack.powerOffFromInside(vm.id);
      const off = await stack.api.untilState(vm.id, 'stopped');
      expect(off.status.lastExit?.reason).toBe('guest-shutdown');
      await waitFor(async () => (await stack.api.vm(vm.id)).spec.desiredState === 'stopped', {
        what: 'the desired state follows the guest',
      });
      const patch = await stack.api.ask<VmAndOperation>('PATCH', `/v1/vms/${vm.id}`, {
        labels: { tier: 'web' },
      });
      expect((await stack.api.finished(patch.operation)).status).toBe('succeeded');
      await stack.operator.end('SIGKILL');
      stack.operator.start();
      await stack.operator.ready();
      await stack.nats.wipe();
      await stack.untilReseeded(vm.id);
      expect(stack.pidsOf(vm.id)).toEqual([]);
      expect((await stack.api.vm(vm.id)).status.state).toBe('stopped');
    },
    BOOT_MS,
  );

  it('is gone with its disks and its port after DELETE', async () => {
    const removed = await stack.api.ask<VmAndOperation>('DELETE', `/v1/vms/${vm.id}`);
    expect((await stack.api.finished(removed.operation)).status).toBe('succeeded');
    expect((await stack.api.send('GET', `/v1/vms/${vm.id}`)).status).toBe(404);
    expect(stack.filesOf(vm.id, ...vm.spec.disks.map((it) => it.id))).toEqual([]);
  }, 60_000);
});
