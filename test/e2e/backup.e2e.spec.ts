import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  BackupChangeView,
  BackupListView,
  BackupView,
  GuestExecView,
  ProblemView,
  TemplateChangeView,
} from '#libs/contracts/http';
import { testFolder, waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import type { VmAndOperation } from './stack/api.js';
import { Stack } from './stack/stack.js';

const BOOT_MS = 120_000;

describe('backups of a guest in a pool that two hosts share', () => {
  const shared = testFolder('bs');
  const pool = join(shared, 'far');
  let stack: Stack;
  let id: string;
  const backups: BackupView[] = [];

  const untilConnected = (vmId: string) =>
    waitFor(
      async () => {
        const { conditions } = (await stack.api.vm(vmId)).status;
        return conditions.find((it) => it.type === 'AgentConnected')?.status === 'true';
      },
      { timeoutMs: BOOT_MS, everyMs: 100, what: 'the guest answers' },
    );
  const inside = async (vmId: string, script: string) => {
    const body = { path: '/bin/sh', arguments: ['-c', script], timeoutSeconds: 30 };
    return (await stack.api.ask<GuestExecView>('POST', `/v1/vms/${vmId}/guest/exec`, body)).stdout;
  };
  const succeeded = async <T extends { operation: VmAndOperation['operation'] }>(asked: Promise<T>) => {
    const answer = await asked;
    const { status, error } = await stack.api.finished(answer.operation);
    expect({ status, error }).toEqual({ status: 'succeeded', error: undefined });
    return answer;
  };
  const backUp = async (body: object) => {
    const asked = stack.api.ask<BackupChangeView>('POST', `/v1/vms/${id}/backups`, { pool: 'far', ...body });
    const { backup } = await succeeded(asked);
    const made = await stack.api.ask<BackupView>('GET', `/v1/backups/${backup?.id}`);
    backups.push(made);
    return made;
  };
  const restore = (body: object) =>
    succeeded(stack.api.ask<VmAndOperation>('POST', `/v1/backups/${backups[1]?.id}/restore`, body));

  beforeAll(async () => {
    mkdirSync(pool);
    const image = await ensureGuestImage();
    const env = { VMAN_POOLS: `far=shared-dir:${pool}` };
    const settings = async () => (service: string) => (service.startsWith('host-') ? env : {});
    stack = await Stack.start({ importPath: dirname(image.path), hosts: 2, settings });
    const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name: 'demo',
      format: image.format,
      source: { type: 'file', path: image.path.split('/').at(-1) },
    });
    await stack.api.finished(operation);
    id = (await succeeded(stack.api.createVm({ name: 'guest', template: 'demo', memoryMiB: 192 }))).vm.id;
    await untilConnected(id);
  }, 300_000);
  afterAll(async () => {
    await stack?.stop();
    rmSync(shared, { recursive: true, force: true });
  }, 60_000);

  it('are full, then incremental, while the guest runs and stands still for a moment', async () => {
    await inside(id, 'echo first > /data/one');
    const full = await backUp({ freeze: 'always' });
    expect(full).toMatchObject({ state: 'ready', kind: 'full', consistency: 'frozen', fallbackReason: '' });
    await inside(id, 'echo second > /data/two');
    const next = await backUp({ kind: 'incremental' });
    expect(next).toMatchObject({ state: 'ready', kind: 'incremental', parentId: full.id });
    expect(next.fileBytes).toBeLessThan(full.fileBytes / 2);
    await inside(id, 'echo third > /data/three; sync');
  }, 60_000);

  it(
    'are restored to the other host as a new VM, and into the VM itself, with what the guest had then',
    async () => {
      const before = await stack.api.vm(id);
      const other = stack.hosts.find((it) => it.id !== before.status.host?.id);
      const [{ vm: copy }] = await Promise.all([
        restore({ name: 'copy', host: other?.name }),
        restore({ inPlace: true }),
      ]);
      await Promise.all([untilConnected(copy.id), untilConnected(id)]);
      expect((await stack.api.vm(copy.id)).status.host?.id).toBe(other?.id);
      for (const vmId of [copy.id, id]) {
        expect(await inside(vmId, 'cat /data/one /data/two; ls /data/three')).toBe('first\nsecond\n');
      }
      const after = await stack.api.vm(id);
      expect(after.spec.disks.map((it) => it.bootOrder)).toEqual(before.spec.disks.map((it) => it.bootOrder));
      const disks = before.spec.disks.map((it) => `${it.id}.qcow2`);
      await waitFor(
        () => stack.hosts.every(({ storage }) => !disks.some((it) => existsSync(join(storage, 'disks', it)))),
        { what: 'the old disks are gone' },
      );
      await succeeded(stack.api.ask<VmAndOperation>('DELETE', `/v1/vms/${copy.id}`));
    },
    BOOT_MS * 2,
  );

  it('are verified, outlive their VM, and are deleted only with those that add to them', async () => {
    const [full, next] = backups;
    await succeeded(stack.api.ask<BackupChangeView>('POST', `/v1/backups/${next?.id}/verify`));
    expect((await stack.api.ask<BackupView>('GET', `/v1/backups/${next?.id}`)).verifiedAt).toBeDefined();
    const refused = await stack.api.send<ProblemView>('DELETE', `/v1/backups/${full?.id}`);
    expect(refused.body).toMatchObject({ code: 'resource_in_use' });
    expect(refused.body.detail).toContain(next?.id);
    await succeeded(stack.api.ask<VmAndOperation>('DELETE', `/v1/vms/${id}`));
    const list = () => stack.api.ask<BackupListView>('GET', '/v1/backups?vm=guest');
    expect((await list()).items.map((it) => it.id)).toEqual([next?.id, full?.id]);
    await succeeded(stack.api.ask<BackupChangeView>('DELETE', `/v1/backups/${full?.id}?cascade=true`));
    await waitFor(async () => (await list()).items.length === 0, { what: 'all are gone' });
    expect(readdirSync(join(pool, 'backups'))).toEqual([]);
  }, 60_000);
});
