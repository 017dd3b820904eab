import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { CreateVm, Vm } from '#libs/client';
import { aVm } from '../../../../test/fake-api/builders.js';
import { planVm } from './plan-vm.js';

const CANARY = 'vmanCanary91aa';
const secret = (text: string) => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  sizeBytes: text.length,
});

function present(cloudInit: Partial<Vm['spec']['cloudInit']> | undefined): Vm {
  const vm = aVm(1, 'web');
  const bare = { instanceId: 'iid-1', hostName: 'web', users: [], sshKeys: [], packages: [] };
  return { ...vm, spec: { ...vm.spec, cloudInit: cloudInit && { ...bare, ...cloudInit } } };
}
const plan = (cloudInit: CreateVm['cloudInit'], before: Vm) => planVm({ name: 'web', cloudInit }, before);

describe('what a file says of the first boot', () => {
  it('is the same when every field is, also those that only their digests show', () => {
    const before = present({
      hostName: 'web.example.org',
      sshKeys: ['k'],
      packages: ['nginx'],
      timezone: 'UTC',
      runCommands: secret('a\nb\n'),
      networkConfig: secret('version: 2'),
      users: [{ name: 'anna', sshKeys: [], sudo: true, groups: [], passwordHash: secret('$6$x') }],
    });
    const wanted = {
      hostName: 'web.example.org',
      sshKeys: ['k'],
      packages: ['nginx'],
      timezone: 'UTC',
      runCommands: ['a', 'b'],
      networkConfig: 'version: 2',
      users: [{ passwordHash: '$6$x', sudo: true, name: 'anna' }],
    };
    expect(plan(wanted, before)).toEqual({ kind: 'same' });
    expect(plan({}, before)).toEqual({ kind: 'same' });
    expect(plan(undefined, before)).toEqual({ kind: 'same' });
  });

  it('is patched where it differs, and told without a value', () => {
    const changed = plan({ userData: CANARY, hostName: 'web' }, present({ userData: secret('other') }));
    expect(changed).toMatchObject({
      kind: 'change',
      patch: { cloudInit: { userData: CANARY } },
      differences: [{ field: 'cloudInit.userData', after: 'as in the file' }],
    });
    expect(JSON.stringify((changed as { differences: unknown }).differences)).not.toContain(CANARY);
    expect(plan({ packages: ['a'] }, present({}))).toMatchObject({
      patch: { cloudInit: { packages: ['a'] } },
    });
  });

  it('gives a seed to a VM that has none', () => {
    expect(plan({}, present(undefined))).toMatchObject({ kind: 'change', patch: { cloudInit: {} } });
    expect(plan({ timezone: 'UTC' }, present(undefined))).toMatchObject({
      patch: { cloudInit: { timezone: 'UTC' } },
    });
  });
});
