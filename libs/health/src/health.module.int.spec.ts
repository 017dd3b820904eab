import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  Draining,
  diskSpaceCheck,
  type HealthCheck,
  HealthModule,
  Liveness,
  pingCheck,
  storageCheck,
} from './index.js';
import { runCheck } from './run-check.js';

let app: NestFastifyApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(
  checks: readonly HealthCheck[],
): Promise<(path: string) => Promise<{ status: number; body: Body }>> {
  const module = HealthModule.forRootAsync({ useFactory: () => checks });
  const built = await Test.createTestingModule({ imports: [module] }).compile();
  const started = built.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    logger: false,
  });
  app = started;
  await started.listen(0, '127.0.0.1');
  return async (path) => {
    const answer = await fetch(`${await started.getUrl()}${path}`);
    return { status: answer.status, body: (await answer.json()) as Body };
  };
}
interface Body {
  status: string;
  details: Record<string, { status: string; message: string; critical: boolean }>;
}

const well = pingCheck('bus', true, async () => 'connected');
const failing = (name: string, critical: boolean) =>
  pingCheck(name, critical, async () => {
    throw new Error('refused');
  });

describe('probes', () => {
  it('are all good when every check is', async () => {
    const get = await start([well]);
    expect(await get('/health')).toEqual({
      status: 200,
      body: expect.objectContaining({
        status: 'ok',
        details: { bus: { status: 'up', critical: true, message: 'connected' } },
      }),
    });
    expect((await get('/ready')).status).toBe(200);
  });

  it('say 503 and why when a critical check fails, while /live stays good', async () => {
    const get = await start([well, failing('database', true)]);
    for (const path of ['/health', '/ready']) {
      const { status, body } = await get(path);
      expect(status).toBe(503);
      expect(body.status).toBe('error');
      expect(body.details.database).toEqual({ status: 'down', critical: true, message: 'refused' });
      expect(body.details.bus?.status).toBe('up');
    }
    expect(await get('/live')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('are degraded, not failed, when a check fails that is not critical', async () => {
    const get = await start([well, failing('images', false)]);
    const { status, body } = await get('/health');
    expect([status, body.status, body.details.images?.status]).toEqual([200, 'degraded', 'degraded']);
    expect((await get('/ready')).body.details.images).toBeUndefined();
  });

  it('send no new work to a service that is draining', async () => {
    const get = await start([well]);
    app?.get(Draining).begin();
    expect(await get('/ready')).toEqual({
      status: 503,
      body: expect.objectContaining({ status: 'shutting_down' }),
    });
    expect((await get('/live')).status).toBe(200);
  });

  it('tell a supervisor of a loop that is stuck, and only of that', async () => {
    const get = await start([{ ...well, run: async () => ({ ok: false, message: 'away' }) }]);
    const turned = app?.get(Liveness).watch('relay', 1_000_000);
    turned?.();
    expect(await get('/live')).toEqual({ status: 200, body: { status: 'ok' } });
    app?.get(Liveness).watch('sweep', -1)();
    expect(await get('/live')).toEqual({ status: 503, body: { status: 'stuck', loops: ['sweep'] } });
  });

  it('are good again when the check is', async () => {
    let ok = false;
    const get = await start([{ name: 'bus', critical: true, run: async () => ({ ok, message: 'm' }) }]);
    expect((await get('/ready')).status).toBe(503);
    ok = true;
    expect((await get('/ready')).status).toBe(200);
  });
});

it('forRoot takes fixed checks, and a closing app drains', async () => {
  const built = await Test.createTestingModule({
    imports: [HealthModule.forRoot({ checks: [well] })],
  }).compile();
  await built.init();
  const draining = built.get(Draining);
  await built.close();
  expect(draining.begun).toBe(true);
});

describe('checks', () => {
  it('storage: a folder is writable and nothing is left in it; a missing one is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'health-'));
    expect(await storageCheck('storage', folder).run()).toEqual({ ok: true, message: 'writable' });
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
    expect(await storageCheck('storage', folder).run()).toEqual({
      ok: false,
      message: 'not writable: ENOENT',
    });
  });

  it('disk space: by the bytes that are free', async () => {
    const check = (minFreeBytes: number) =>
      diskSpaceCheck({ name: 'disk', path: tmpdir(), minFreeBytes, critical: false }).run();
    expect((await check(0)).ok).toBe(true);
    expect(await check(2 ** 60)).toEqual({ ok: false, message: expect.stringContaining('GiB free') });
  });

  it('that never answer, or throw what is no error, are not ok', async () => {
    const never: HealthCheck = { name: 'n', critical: true, run: () => new Promise(() => undefined) };
    expect(await runCheck(never, 5)).toEqual({ ok: false, message: 'no answer within 5 ms' });
    expect(await runCheck(pingCheck('x', true, () => Promise.reject('odd')))).toEqual({
      ok: false,
      message: 'failed',
    });
  });
});
