import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type NatsServer, startNats, TEST_CERTIFICATES, waitFor } from '#libs/testing';
import { Bus } from './bus.js';
import { dialBy } from './dial-options.js';

let folder: string;
let server: NatsServer | undefined;
let bus: Bus | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bus-tls-'));
  writeFileSync(join(folder, 'ca.pem'), TEST_CERTIFICATES.authority);
});
afterEach(async () => {
  await bus?.close();
  await server?.remove();
});
afterAll(() => rmSync(folder, { recursive: true }));

function secured(of: 'address' | 'name'): Promise<NatsServer> {
  const [certificate, key] = [join(folder, 'server.pem'), join(folder, 'server.key')];
  writeFileSync(certificate, TEST_CERTIFICATES[of].certificate);
  writeFileSync(key, TEST_CERTIFICATES[of].key);
  return startNats({ config: `tls { cert_file: "${certificate}", key_file: "${key}" }` });
}

/** Why it was not let in, or that it was. */
async function dialled(natsCaFile?: string): Promise<string> {
  let reason: string | undefined;
  const logger = {
    debug: () => {},
    info: () => {},
    warn: (fields: object) => {
      reason ??= Reflect.get(fields, 'reason');
    },
    error: () => {},
  };
  const natsUrl = String(server?.url.replace('nats:', 'tls:'));
  bus = Bus.open({ ...dialBy({ natsUrl, natsToken: 'secret', natsCaFile }), name: 'test', logger });
  await waitFor(() => bus?.connected || reason !== undefined, { what: 'an outcome' });
  return reason ?? 'connected';
}

it('lets in by the address that its certificate is good for', async () => {
  server = await secured('address');
  expect(await dialled(join(folder, 'ca.pem'))).toBe('connected');
});

it('trusts no certificate of another name', async () => {
  server = await secured('name');
  expect(await dialled(join(folder, 'ca.pem'))).toMatch(/127\.0\.0\.1/);
});

it('trusts no certificate that a stranger signed', async () => {
  server = await secured('address');
  expect(await dialled()).toMatch(/certificate/);
});

it('tls:// does not go on with a server that does not encrypt', async () => {
  server = await startNats({ token: 'secret' });
  expect(await dialled()).toBe("server does not support 'tls'");
});
