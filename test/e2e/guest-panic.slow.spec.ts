import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExitView, TemplateChangeView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import { typeAtConsole } from './stack/guest-console.js';
import { Stack } from './stack/stack.js';

describe('a Linux guest that panics', () => {
  let stack: Stack;

  beforeAll(async () => {
    const image = await ensureGuestImage();
    stack = await Stack.start({ importPath: dirname(image.path) });
    const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name: 'demo',
      format: image.format,
      source: { type: 'file', path: image.path.split('/').at(-1) },
    });
    expect((await stack.api.finished(operation)).status).toBe('succeeded');
  }, 300_000);
  afterAll(() => stack?.stop(), 60_000);

  it('ends with that reason and its kernel log as last words, and is started again', async () => {
    const created = await stack.api.createVm({ name: 'panics', template: 'demo', memoryMiB: 256, nics: [] });
    await stack.api.finished(created.operation);
    const { id } = created.vm;
    const [before] = stack.pidsOf(id);
    await waitFor(
      async () => (await (await stack.api.raw(`/v1/vms/${id}/console-log`)).text()).includes('/ # '),
      { timeoutMs: 120_000, everyMs: 500, what: 'the shell is at the console' },
    );
    await typeAtConsole(stack.hosts[0]!.run, id, 'sleep 1; echo c > /proc/sysrq-trigger');
    const exit = await waitFor(
      async () => {
        const answer = await stack.api.send<ExitView>('GET', `/v1/vms/${id}/exits/1`);
        return answer.status === 200 && answer.body;
      },
      { timeoutMs: 60_000, what: 'the panic is told' },
    );
    expect(exit).toMatchObject({ reason: 'guest-panic', status: 'code 0' });
    expect(exit.serialTail).toContain('Kernel panic - not syncing: sysrq triggered crash');
    const again = await stack.api.untilState(id, 'running');
    expect(again.status).toMatchObject({ restart: { count: 1 }, lastExit: { reason: 'guest-panic' } });
    expect(stack.pidsOf(id)).not.toEqual([before]);
  }, 240_000);
});
