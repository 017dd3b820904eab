/**
 * Every verb of a VM against one real guest that is booted three times in all, the launch shapes as a user orders
 * them, and a reboot of the host.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OperationView, ProblemView, TemplateChangeView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { readJson, writeJson } from '../../apps/operator/src/storage/json-file.js';
import type { ProcessRecord } from '../../apps/operator/src/storage/vm-records.js';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import type { VmAndOperation } from './stack/api.js';
import { Stack } from './stack/stack.js';

const BOOT_MS = 120_000;
const bare = { memoryMiB: 32, disks: [{ sizeGiB: 1 }], nics: [] };

let stack: Stack;

beforeAll(async () => {
  const image = await ensureGuestImage();
  stack = await Stack.start({
    importPath: dirname(image.path),
    // One start at a time shows the order; a folder without firmware makes the host one without UEFI.
    settings: async () => (service) => {
      const ofHosts = { VMAN_OPERATOR_STARTS: '1', VMAN_OVMF_PATH: join(dirname(image.path), 'no-firmware') };
      return service.startsWith('host-') ? ofHosts : ({} as Record<string, string>);
    },
  });
  const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
    name: 'demo',
    format: image.format,
    source: { type: 'file', path: image.path.split('/').at(-1) },
  });
  await stack.api.finished(operation);
}, 300_000);
afterAll(() => stack?.stop(), 60_000);

async function succeeded(change: Promise<VmAndOperation>): Promise<VmView> {
  const { vm, operation } = await change;
  const end = await stack.api.finished(operation, BOOT_MS);
  expect([end.status, end.error]).toEqual(['succeeded', undefined]);
  return stack.api.vm(vm.id);
}

async function refused(vm: VmView, verb: string): Promise<string> {
  const answer = await stack.api.send<ProblemView>('POST', `/v1/vms/${vm.id}/${verb}`);
  expect([verb, answer.status]).toEqual([verb, 409]);
  return answer.body.code;
}

describe('one guest', () => {
  let vm: VmView;
  const verb = (name: string, body?: object) => succeeded(stack.api.verb(vm.id, name, body));

  async function info(timeoutMs: number): Promise<string> {
    const port = vm.status.portForwards[0]?.hostPort;
    const signal = AbortSignal.timeout(timeoutMs);
    return (await fetch(`http://127.0.0.1:${port}/cgi-bin/info`, { signal })).text();
  }

  /** The guest itself says how often it booted. */
  const untilBooted = (times: number) =>
    waitFor(async () => (await info(2_000)).includes(`\nboots ${times}\n`), {
      timeoutMs: BOOT_MS,
      everyMs: 200,
      what: `the guest has booted ${times} times`,
    });

  it(
    'boots with a screen and a watchdog',
    async () => {
      const order = { name: 'cycle', template: 'demo', memoryMiB: 256, vnc: true, watchdog: 'reset' };
      const nics = [{ portForwards: [{ guestPort: 80 }] }];
      vm = await succeeded(stack.api.createVm({ ...order, bootPriority: 7, nics }));
      expect(vm.spec).toMatchObject({ vnc: true, watchdog: 'reset', bootPriority: 7, machine: 'q35' });
      const [host] = stack.hosts;
      expect(existsSync(join(host?.run ?? '', vm.id.slice(-12), 'vnc.sock'))).toBe(true);
      await untilBooted(1);
    },
    BOOT_MS,
  );

  it('is paused and goes on where it was; a start is refused meanwhile', async () => {
    const paused = await verb('pause');
    expect(paused.status.state).toBe('paused');
    await expect(info(1_000)).rejects.toThrow();
    expect(await refused(vm, 'start')).toBe('invalid_state');
    expect(await refused(vm, 'shutdown')).toBe('invalid_state');
    const resumed = await verb('resume');
    expect([resumed.status.state, resumed.status.pid]).toEqual(['running', vm.status.pid]);
    await untilBooted(1);
  }, 60_000);

  it(
    'is reset without a new process',
    async () => {
      const reset = await verb('reset');
      expect(reset.status.pid).toBe(vm.status.pid);
      expect(reset.status.lastExit).toBeUndefined();
      await untilBooted(2);
    },
    BOOT_MS,
  );

  it(
    'is rebooted by asking it, which ends its file systems cleanly, and takes the changes that waited',
    async () => {
      const patch = { watchdog: 'none', bootPriority: 8 };
      const patched = await succeeded(stack.api.ask('PATCH', `/v1/vms/${vm.id}`, patch));
      const waiting = patched.status.conditions.find((it) => it.type === 'RestartRequired');
      expect(waiting).toMatchObject({ status: 'true', message: expect.stringContaining('watchdog') });
      const rebooted = await verb('reboot', { timeoutSeconds: 60 });
      expect(rebooted.status.state).toBe('running');
      expect(rebooted.status.pid).not.toBe(vm.status.pid);
      expect(rebooted.status.lastExit).toMatchObject({ sequence: 1, reason: 'requested' });
      expect(rebooted.status.conditions.find((it) => it.type === 'RestartRequired')?.status).toBe('false');
      await untilBooted(3);
      const exit = await stack.api.ask<{ serialTail?: string }>('GET', `/v1/vms/${vm.id}/exits/1`);
      expect(exit.serialTail).toContain('shutdown');
    },
    BOOT_MS,
  );

  it('is stopped at once, also while it is paused, and started again', async () => {
    const stopped = await verb('stop');
    expect(stopped.status).toMatchObject({
      state: 'stopped',
      lastExit: { sequence: 2, reason: 'requested' },
    });
    for (const name of ['reset', 'pause', 'resume', 'reboot']) {
      expect(await refused(vm, name)).toBe('invalid_state');
    }
    expect((await verb('start')).status.state).toBe('running');
    await verb('pause');
    expect((await verb('stop')).status.state).toBe('stopped');
    expect((await verb('stop')).status.lastExit?.sequence).toBe(3);
    const removed = await stack.api.ask<VmAndOperation>('DELETE', `/v1/vms/${vm.id}`);
    expect((await stack.api.finished(removed.operation)).status).toBe('succeeded');
    expect(stack.filesOf(vm.id, ...vm.spec.disks.map((it) => it.id))).toEqual([]);
  }, 60_000);
});

describe('a launch shape', () => {
  it('that does not go together is refused by field', async () => {
    const order = { ...bare, name: 'odd', machine: 'microvm', firmware: 'uefi', vnc: true };
    const answer = await stack.api.send<ProblemView>('POST', '/v1/vms', order);
    expect([answer.status, answer.body.errors?.map((it) => it.field)]).toEqual([400, ['firmware', 'vnc']]);
    const disks = [
      { sizeGiB: 1, bootOrder: 2 },
      { sizeGiB: 1, bootOrder: 2 },
    ];
    const twice = await stack.api.send<ProblemView>('POST', '/v1/vms', { ...bare, name: 'odd', disks });
    expect(twice.body.errors).toMatchObject([{ field: 'disks[1].bootOrder' }]);
  });

  it('with UEFI on a host without it fails with the name of the package', async () => {
    const { vm, operation } = await stack.api.createVm({ ...bare, name: 'uefi', firmware: 'uefi' });
    const end: OperationView = await stack.api.finished(operation);
    expect(end).toMatchObject({ status: 'failed', error: { code: 'unsupported' } });
    expect(end.error?.message).toContain('ovmf');
    expect(stack.pidsOf(vm.id)).toEqual([]);
  });

  it('of each machine type runs, its disks in the order that was asked for', async () => {
    const disks = [{ sizeGiB: 1 }, { sizeGiB: 1, bootOrder: 5 }];
    for (const machine of ['q35', 'pc', 'microvm']) {
      const vm = await succeeded(stack.api.createVm({ ...bare, name: `as-${machine}`, machine, disks }));
      expect(vm.status.state).toBe('running');
      expect(vm.spec.disks.map((it) => it.bootOrder)).toEqual([0, 5]);
    }
  }, 60_000);
});

describe('a reboot of the host', () => {
  it('starts what ran before by its priority, one after the other', async () => {
    const vms: VmView[] = [];
    for (const bootPriority of [1, 500, 10]) {
      const order = { ...bare, name: `p-${bootPriority}`, bootPriority };
      vms.push(await succeeded(stack.api.createVm(order)));
    }
    await stack.operator.end('SIGKILL');
    for (const { id } of vms) for (const pid of stack.pidsOf(id)) process.kill(pid, 'SIGKILL');
    const bootId = randomUUID();
    for (const { id } of vms) {
      const path = join(stack.hosts[0]?.storage ?? '', 'vms', id, 'process.json');
      const record = (await readJson<ProcessRecord>(path)) as ProcessRecord;
      const identity = record.identity && { ...record.identity, bootId };
      await writeJson(path, { ...record, bootId, identity });
    }
    stack.operator.start();
    const again = await waitFor(
      async () => {
        const now = await Promise.all(vms.map((vm) => stack.api.vm(vm.id)));
        return now.every((vm) => vm.status.state === 'running' && vm.status.lastExit) && now;
      },
      { timeoutMs: 40_000, what: 'all run again' },
    );
    expect(again.map((vm) => vm.status.lastExit?.reason)).toEqual(Array(3).fill('host-reboot'));
    const order = again.sort((a, b) =>
      (a.status.runningSince ?? '').localeCompare(b.status.runningSince ?? ''),
    );
    expect(order.map((vm) => vm.spec.bootPriority)).toEqual([500, 10, 1]);
  }, 60_000);
});
