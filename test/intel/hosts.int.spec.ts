import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bus, dialBy, inboxOf, makeBusAuthority } from '#libs/bus';
import { loadConfig } from '#libs/config';
import type { EnrolledHostView, HostView, NewTokenView, ProblemView } from '#libs/contracts/http';
import { type NatsServer, silentLogger, startNats, waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

let intel: IntelUnderTest;
let guarded: NatsServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vman-hosts-'));
  const { serverConfig, accountSeed } = await makeBusAuthority();
  guarded = await startNats({ config: serverConfig });
  intel = await IntelUnderTest.start({ VMAN_BUS_ACCOUNT_SEED: accountSeed });
}, 60_000);

afterAll(async () => {
  await intel?.end();
  await guarded?.remove();
  rmSync(folder, { recursive: true });
});

describe('a host that is cordoned', () => {
  it('takes no new VM and says so, until it is opened again', async () => {
    const operator = await ScriptedOperator.start(intel.nats.url);
    operator.startBeating();
    await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
      what: 'a host is there',
    });
    const cordoned = await intel.request<HostView>('POST', '/v1/hosts/host-1/cordon');
    expect(cordoned).toMatchObject({ status: 200, body: { state: 'cordoned', cordoned: true } });
    const refused = await intel.request<ProblemView>('POST', '/v1/vms', { name: 'late', memoryMiB: 64 });
    expect(refused.body).toMatchObject({
      code: 'placement_failed',
      detail: expect.stringContaining('takes no new VMs'),
    });
    await intel.request('POST', '/v1/hosts/host-1/uncordon');
    await intel.createVm('late');
    expect((await intel.request('POST', '/v1/hosts/nowhere/cordon')).status).toBe(404);
    await operator.stop();
  });
});

describe('enrolling a host', () => {
  it('gives credentials that the servers of the bus take, once', async () => {
    const { status, body } = await intel.request<EnrolledHostView>('POST', '/v1/hosts/enroll', {
      name: 'rack3',
    });
    expect(status).toBe(201);
    // As the operator of the host reads them.
    const file = join(folder, 'host.creds');
    writeFileSync(file, body.credentials);
    const env = { VMAN_NATS_URL: guarded.url, VMAN_NATS_CREDENTIALS_FILE: file };
    const bus = await Bus.connect({
      ...dialBy(loadConfig('operator', { argv: [], env, cwd: folder })),
      inboxPrefix: inboxOf(body.hostId),
      name: 'operator',
      logger: silentLogger,
    });
    expect(bus.connected).toBe(true);
    await bus.close();
    const again = await intel.request<EnrolledHostView>('POST', '/v1/hosts/enroll', { name: 'rack3' });
    expect(again.body.credentials).not.toBe(body.credentials);
    expect(again.body.hostId).not.toBe(body.hostId);
  });

  it('makes those of a host anew, which keeps its id', async () => {
    const renewed = { name: 'host-1', renew: true };
    const { body } = await intel.request<EnrolledHostView>('POST', '/v1/hosts/enroll', renewed);
    const { body: host } = await intel.request<HostView>('GET', '/v1/hosts/host-1');
    expect(body.hostId).toBe(host.id);
    const absent = { name: 'nowhere', renew: true };
    expect((await intel.request('POST', '/v1/hosts/enroll', absent)).status).toBe(404);
  });

  it('is for admins, and refuses an end that is past', async () => {
    const { body } = await intel.request<NewTokenView>('POST', '/v1/tokens', {
      name: 'op',
      role: 'operator',
    });
    const refused = await intel.request<ProblemView>(
      'POST',
      '/v1/hosts/enroll',
      { name: 'x' },
      { token: body.token },
    );
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const past = await intel.request<ProblemView>('POST', '/v1/hosts/enroll', {
      name: 'x',
      expiresAt: '2020-01-01T00:00:00Z',
    });
    expect(past).toMatchObject({ status: 400, body: { errors: [{ field: 'expiresAt' }] } });
  });

  it('says what is missing when intel has no key to sign with', async () => {
    await intel.down();
    await intel.up();
    const refused = await intel.request<ProblemView>('POST', '/v1/hosts/enroll', { name: 'x' });
    expect(refused.body).toMatchObject({ code: 'unsupported', hint: expect.stringContaining('bus:init') });
  });
});
