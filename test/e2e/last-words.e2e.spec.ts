import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExitListView, ExitView, TemplateChangeView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { PANICS, TALKS } from '../operator/boot-sectors.js';
import { Stack } from './stack/stack.js';

const DISK_BYTES = 1024 * 1024;

describe('the last words of a VM', () => {
  let stack: Stack;

  async function addTemplate(name: string, sector: Buffer): Promise<void> {
    writeFileSync(join(stack.folder, 'import', `${name}.raw`), Buffer.concat([sector], DISK_BYTES));
    const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name,
      format: 'raw',
      source: { type: 'file', path: `${name}.raw` },
    });
    expect((await stack.api.finished(operation)).status).toBe('succeeded');
  }

  async function start(name: string): Promise<VmView> {
    const { vm, operation } = await stack.api.createVm({ name, template: name, memoryMiB: 32, nics: [] });
    await stack.api.finished(operation);
    return vm;
  }

  async function consoleLog(vm: VmView): Promise<{ status: number; source: string | null; text: string }> {
    const answer = await stack.api.raw(`/v1/vms/${vm.id}/console-log?tailBytes=2000`);
    return {
      status: answer.status,
      source: answer.headers.get('x-console-log-source'),
      text: await answer.text(),
    };
  }

  const exitsOf = async (vm: VmView) =>
    (await stack.api.ask<ExitListView>('GET', `/v1/vms/${vm.id}/exits`)).items;

  beforeAll(async () => {
    stack = await Stack.start();
    await addTemplate('panics', PANICS);
    await addTemplate('talks', TALKS);
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  it('tell of the panic of its guest, which the observer answers with a restart', async () => {
    const vm = await start('panics');
    const [exit] = await waitFor(
      async () => {
        const exits = await exitsOf(vm);
        return exits.length > 1 && exits;
      },
      { what: 'it panicked, was started again and panicked again' },
    );
    expect(exit).toMatchObject({ reason: 'guest-panic', status: 'code 0' });
    const first = await stack.api.ask<ExitView>('GET', `/v1/vms/${vm.id}/exits/1`);
    expect(first.qmpEvents.map((it) => it.name)).toEqual(
      expect.arrayContaining(['GUEST_PANICKED', 'SHUTDOWN']),
    );
    const repairs = (await stack.api.operationsOf(vm.id)).filter((it) => it.kind === 'vm.repair');
    expect(repairs[0]).toMatchObject({ origin: 'observer', reason: expect.stringContaining('guest-panic') });
    const stop = await stack.api.verb(vm.id, 'stop');
    expect((await stack.api.finished(stop.operation)).status).toBe('succeeded');
  }, 60_000);

  it('can be read live, after its end, and while its host is away', async () => {
    const vm = await start('talks');
    const said = await waitFor(
      async () => {
        const log = await consoleLog(vm);
        return log.text.includes('the guest is talking') && log;
      },
      { what: 'the guest talks' },
    );
    expect(said).toMatchObject({ status: 200, source: 'host' });
    process.kill(stack.pidsOf(vm.id)[0]!, 'SIGKILL');
    const seen = await waitFor(async () => (await stack.api.vm(vm.id)).status.lastExit, {
      what: 'its end is seen',
    });
    const exit = await waitFor(
      async () => {
        const answer = await stack.api.send<ExitView>('GET', seen.href);
        return answer.status === 200 && answer.body;
      },
      { what: 'its death certificate is there' },
    );
    expect(exit).toMatchObject({ sequence: 1, reason: 'killed', status: 'signal SIGKILL' });
    expect(exit.serialTail).toContain('the guest is talking');
    await stack.operator.end('SIGKILL');
    const kept = await consoleLog(vm);
    expect(kept).toMatchObject({ status: 200, source: 'exit-1' });
    expect(kept.text).toContain('the guest is talking');
    expect((await exitsOf(vm)).map((it) => it.sequence)).toEqual([1]);
  }, 60_000);
});
