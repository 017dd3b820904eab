import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { parse } from 'yaml';
import type { ConditionView, NewTokenView, ProblemView, VmChangeView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const CANARY = 'vmanCanary7c1e';
let intel: IntelUnderTest;
let operator: ScriptedOperator;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'the host has registered itself',
  });
}, 60_000);
afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

const create = (name: string, cloudInit?: object) =>
  intel.request<VmChangeView>('POST', '/v1/vms', { name, nics: [{}], cloudInit });
const patch = (id: string, body: object) => intel.request<VmChangeView>('PATCH', `/v1/vms/${id}`, body);
const vmOf = async (id: string) => (await intel.request<VmView>('GET', `/v1/vms/${id}`)).body;
const condition = (vm: VmView): ConditionView | undefined =>
  vm.status.conditions.find((it) => it.type === 'CloudInitDone');
const heard = (vmId: string, generation: number) =>
  waitFor(() => operator.desired.find((it) => it.vmId === vmId && it.generation === generation), {
    what: `generation ${generation} is heard`,
  });

describe('the first boot of a VM', () => {
  it('is told to its host as three texts, and the network follows the nics without another first boot', async () => {
    const { vm } = (await create('seeded', { packages: ['nginx'], runCommands: [`echo ${CANARY}`] })).body;
    const first = (await heard(vm!.id, 1)).cloudInit!;
    expect(parse(first.metaData)).toEqual({ 'instance-id': first.instanceId, 'local-hostname': 'seeded' });
    expect(parse(first.userData)).toMatchObject({ packages: ['nginx'], runcmd: [`echo ${CANARY}`] });
    expect(first.networkConfig).toContain(vm!.spec.nics[0]?.mac);
    await patch(vm!.id, { nics: [{}, {}] });
    const second = (await heard(vm!.id, 2)).cloudInit!;
    expect(second.instanceId).toBe(first.instanceId);
    expect(Object.keys(parse(second.networkConfig).ethernets)).toEqual(['eth0', 'eth1']);
    await patch(vm!.id, { name: 'renamed' });
    expect((await heard(vm!.id, 3)).cloudInit?.metaData).toContain('local-hostname: renamed');
  });

  it('is asked for anew by a change of it, and no more once it is null', async () => {
    const { vm } = (await create('changed', { hostName: 'one', timezone: 'UTC' })).body;
    const first = vm!.spec.cloudInit!;
    const changed = (await patch(vm!.id, { cloudInit: { hostName: null } })).body.vm!;
    expect(changed.spec.cloudInit).toMatchObject({ hostName: 'changed', timezone: 'UTC' });
    expect(changed.spec.cloudInit?.instanceId).not.toBe(first.instanceId);
    const without = (await patch(vm!.id, { cloudInit: null })).body.vm!;
    expect(without.spec).not.toHaveProperty('cloudInit');
    expect((await heard(vm!.id, 3)).cloudInit).toBeUndefined();
    expect(condition(without)).toBeUndefined();
  });

  it('shows how it went, and what a report says of an earlier seed counts for nothing', async () => {
    const { vm } = (await create('watched', {})).body;
    const id = vm!.id;
    await heard(id, 1);
    expect(condition(await vmOf(id))).toMatchObject({ status: 'unknown', reason: 'unknown' });
    const { instanceId } = vm!.spec.cloudInit!;
    await operator.tell(id, { cloudInit: { instanceId, status: 'error', detail: 'why', sinceMs: 1000 } });
    await waitFor(async () => condition(await vmOf(id))?.reason === 'error', { what: 'the error is shown' });
    expect(condition(await vmOf(id))).toMatchObject({
      status: 'false',
      message: 'why',
      lastTransitionAt: '1970-01-01T00:00:01.000Z',
    });
    await patch(id, { cloudInit: {} });
    expect(condition(await vmOf(id))).toMatchObject({ status: 'unknown' });
  });

  it('is refused with every fault at its field', async () => {
    const { body, status } = await intel.request<ProblemView>('POST', '/v1/vms', {
      name: 'refused',
      cloudInit: {
        hostName: 'Not Valid',
        users: [{ name: 'Anna', passwordHash: CANARY, sshKeys: ['x'] }],
        packages: ['-x'],
        timezone: '../etc',
        colour: 'red',
      },
    });
    expect(status).toBe(400);
    expect(body.errors?.map((it) => it.field).sort()).toEqual([
      'cloudInit.colour',
      'cloudInit.hostName',
      'cloudInit.packages',
      'cloudInit.timezone',
      'cloudInit.users[0].name',
      'cloudInit.users[0].passwordHash',
    ]);
    expect(JSON.stringify(body)).not.toContain(CANARY);
  });

  it('tells no caller its secrets: not the one who wrote them, not a viewer, not the audit', async () => {
    const secrets = { userData: `#!/bin/sh\n${CANARY}\n`, networkConfig: `version: 2\n# ${CANARY}\n` };
    const created = await create('secret', secrets);
    expect(created.status).toBe(201);
    const viewer = (
      await intel.request<NewTokenView>('POST', '/v1/tokens', { name: 'viewer', role: 'viewer' })
    ).body;
    const seen = await intel.request('GET', `/v1/vms/${created.body.vm!.id}`, undefined, {
      token: viewer.token,
    });
    expect(JSON.stringify([created.body, seen.body])).not.toContain(CANARY);
    const client = new pg.Client({ connectionString: intel.postgres.url });
    await client.connect();
    for (const table of ['audit', 'operations', 'outbox']) {
      const { rows } = await client.query(`SELECT 1 FROM ${table} t WHERE t::text LIKE '%${CANARY}%'`);
      expect(rows).toEqual([]);
    }
    await client.end();
  });
});
