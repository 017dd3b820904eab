import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TemplateChangeView, TemplateView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { soundQcow2 } from '../images/qcow2-builder.js';
import { type CompiledIntel, compileIntel } from './compile-intel.js';
import { IntelProcess } from './intel-process.js';
import { IntelUnderTest } from './intel-under-test.js';

const RETURN_MS = 30_000;
let intel: IntelUnderTest;
let compiled: CompiledIntel;
let running: IntelProcess | undefined;

beforeAll(async () => {
  [intel, compiled] = await Promise.all([IntelUnderTest.start(), compileIntel()]);
  await intel.down();
}, 60_000);

afterAll(async () => {
  await running?.end('SIGKILL');
  await intel?.end();
  compiled?.remove();
}, 30_000);

async function start(death = ''): Promise<void> {
  const fault: Record<string, string> = death
    ? { VMAN_FAILPOINTS: `${death}=crash`, VMAN_ALLOW_FAILPOINTS: 'true' }
    : {};
  running = new IntelProcess(compiled.main, intel.port, { ...intel.environment(), ...fault });
  await running.ready();
}

const store = () => readdirSync(join(intel.folder, 'images'));
const parts = () => store().filter((it) => it.startsWith('.part-'));

/** A sound image that no other test has. */
function fresh(): Buffer {
  const image = soundQcow2();
  image.write(randomBytes(16).toString('hex'), image.length - 100);
  return image;
}

async function announce(name: string): Promise<string> {
  const body = { name, format: 'qcow2', source: { type: 'upload' } };
  return (await intel.request<TemplateChangeView>('POST', '/v1/templates', body)).body.template.id;
}

/** Sends `part` of what it claims to send; resolves when the connection is over. */
function send(id: string, part: Buffer, claimed = part.length): Promise<void> {
  return new Promise((done) => {
    const sending = request({
      host: '127.0.0.1',
      port: intel.port,
      method: 'PUT',
      path: `/v1/templates/${id}/content`,
      headers: {
        authorization: `Bearer ${intel.token}`,
        'content-type': 'application/octet-stream',
        'content-length': claimed,
      },
    });
    sending.on('error', () => done());
    sending.on('response', (response) => response.resume().on('end', done));
    if (claimed === part.length) sending.end(part);
    else sending.write(part);
  });
}

function becomes(name: string, state: string): Promise<TemplateView> {
  const look = async () => {
    const { body } = await intel.request<TemplateView>('GET', `/v1/templates/${name}`);
    return body.state === state && body;
  };
  return waitFor(look, { timeoutMs: RETURN_MS, what: `the template ${name} is ${state}` });
}

describe('an import during which intel is killed', () => {
  it.each(['intel.template.import', 'intel.template.judged', 'intel.template.named', 'intel.template.kept'])(
    'at %s is finished once it is back, when its source is a file',
    async (death) => {
      const name = death.split('.').at(-1) ?? '';
      writeFileSync(join(intel.importFolder, name), fresh());
      await start(death);
      const body = { name, format: 'qcow2', source: { type: 'file', path: name } };
      await intel.request('POST', '/v1/templates', body);
      await running?.gone();
      await start();
      const { sha256 } = await becomes(name, 'ready');
      expect(store()).toContain(sha256);
      expect(parts()).toEqual([]);
      await running?.end('SIGKILL');
    },
    60_000,
  );

  it('is given up, and nothing of it is left, when it was an upload that was not judged yet', async () => {
    const before = store();
    await start('intel.template.judged');
    const [half, whole] = [await announce('half'), await announce('whole')];
    const broken = send(half, fresh().subarray(0, 100_000), 300_000);
    await waitFor(() => parts().length === 1, { what: 'the first upload is under way' });
    await Promise.all([send(whole, fresh()), broken]);
    await running?.gone();
    expect(parts()).toHaveLength(2);
    await start();
    for (const name of ['half', 'whole']) {
      expect(await becomes(name, 'failed')).toMatchObject({ error: { code: 'upload_interrupted' } });
    }
    expect(store()).toEqual(before);
    await running?.end('SIGKILL');
  }, 90_000);

  it('is finished when it was an upload that had been judged', async () => {
    await start('intel.template.named');
    await send(await announce('uploaded'), fresh());
    await running?.gone();
    await start();
    const { sha256 } = await becomes('uploaded', 'ready');
    expect(store()).toContain(sha256);
    expect(parts()).toEqual([]);
    await running?.end('SIGKILL');
  }, 60_000);
});
