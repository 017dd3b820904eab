import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DriftListView, DriftView, ExplainView, RepairListView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { Stack } from './stack/stack.js';

/** QEMU with an empty disk: its firmware finds nothing to boot, and it runs all the same. */
const bare = (name: string) => ({ name, memoryMiB: 32, disks: [{ sizeGiB: 1 }], nics: [] });

describe('what differs from what is wanted', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start();
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  const drift = (vmId: string, test: (it: DriftView) => boolean) =>
    waitFor(
      async () => {
        const page = await stack.api.ask<DriftListView>('GET', `/v1/drifts?vm=${vmId}`);
        return page.items.find(test);
      },
      { timeoutMs: 40_000, what: 'the drift is shown' },
    );

  it('is shown, repaired and explained: a QEMU that was killed', async () => {
    const { vm } = await stack.api.createVm(bare('killed'));
    await stack.api.untilState(vm.id, 'running', 60_000);
    const [pid] = stack.pidsOf(vm.id);
    process.kill(pid!, 'SIGKILL');
    const over = await drift(vm.id, (it) => it.kind === 'crashed' && it.state === 'repaired');
    expect(over).toMatchObject({ expected: 'running', decision: 'repair', vm: { name: 'killed' } });
    const repairs = await stack.api.ask<RepairListView>('GET', `/v1/repairs?vm=${vm.id}`);
    expect(repairs.items).toMatchObject([{ id: over.operationId, action: 'restart', origin: 'observer' }]);
    await waitFor(
      async () => (await stack.api.ask<ExplainView>('GET', `/v1/vms/${vm.id}/explain`)).coherent,
      { what: 'nothing differs any more' },
    );
  }, 90_000);

  it('is ended: a QEMU that somebody started behind VMAN’s back', async () => {
    const { vm } = await stack.api.createVm(bare('behind'));
    await stack.api.untilState(vm.id, 'running', 60_000);
    const [pid] = stack.pidsOf(vm.id);
    const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const pidFile = args[args.indexOf('-pidfile') + 1] ?? '';
    await stack.api.finished((await stack.api.verb(vm.id, 'stop')).operation);
    await waitFor(() => stack.pidsOf(vm.id).length === 0, { what: 'it is off' });
    mkdirSync(dirname(pidFile), { recursive: true, mode: 0o700 });
    const stranger = spawn(program!, args, { detached: true, stdio: 'ignore' });
    stranger.unref();
    await waitFor(() => stack.pidsOf(vm.id).length === 1, { what: 'the stranger runs' });
    await drift(vm.id, (it) => it.kind === 'should-not-run');
    await waitFor(() => stack.pidsOf(vm.id).length === 0, {
      timeoutMs: 40_000,
      what: 'the stranger is ended',
    });
    const over = await drift(vm.id, (it) => it.kind === 'should-not-run' && it.state === 'repaired');
    expect(over).toMatchObject({ expected: 'stopped', decision: 'repair' });
    expect((await stack.api.vm(vm.id)).status.state).toBe('stopped');
  }, 120_000);
});
