import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { CloudInitInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { CloudInitRow, SeenVm } from '../db-operator/index.js';
import { cloudInitRow } from './cloud-init-row.js';
import { cloudInitCondition, cloudInitView } from './cloud-init-view.js';
import { seedTexts } from './seed-texts.js';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHR0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVz anna@desk';
const CANARY = 'canary-value';

const faultsOf = (input: CloudInitInput): Record<string, string> => {
  try {
    cloudInitRow(input);
  } catch (error) {
    if (!(error instanceof VmanError)) throw error;
    expect(error.code).toBe('invalid_input');
    expect(JSON.stringify([error.message, error.fields])).not.toContain(CANARY);
    return Object.fromEntries(error.fields.map((it) => [it.field, it.code]));
  }
  return {};
};

describe('what a guest is to be told', () => {
  it('is taken in each of its raw forms, and as plain fields', () => {
    for (const userData of [
      '#cloud-config\nusers: []\n',
      '#cloud-config\n',
      '#!/bin/sh\necho hi\n',
      'Content-Type: multipart/mixed; boundary="x"\n',
      'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n',
      '#include\nhttps://config.example/web\n',
      '#include-once\nhttps://config.example/web\n',
      '#cloud-config-archive\n- type: text/cloud-config\n',
      '#cloud-boothook\necho early\n',
      '## template: jinja\n#cloud-config\nhostname: {{ v1.local_hostname }}\n',
    ]) {
      expect(faultsOf({ userData })).toEqual({});
    }
    expect(faultsOf({})).toEqual({});
    expect(faultsOf({ users: [{ name: 'anna', sshKeys: [KEY] }], sshKeys: [KEY] })).toEqual({});
    expect(faultsOf({ networkConfig: 'version: 2\nethernets: {}\n' })).toEqual({});
  });

  it.each<[string, CloudInitInput, Record<string, string>]>([
    ['another kind of user data', { userData: `hello ${CANARY}` }, { 'cloudInit.userData': 'kind' }],
    [
      'a broken cloud-config',
      { userData: `#cloud-config\na: [${CANARY}\n` },
      { 'cloudInit.userData': 'yaml' },
    ],
    [
      'a list as cloud-config',
      { userData: `#cloud-config\n- ${CANARY}\n` },
      { 'cloudInit.userData': 'yaml' },
    ],
    [
      'one field twice',
      { userData: `#cloud-config\na: 1\na: ${CANARY}\n` },
      { 'cloudInit.userData': 'yaml' },
    ],
    ['a zero byte', { userData: `#!/bin/sh\n${CANARY}\0` }, { 'cloudInit.userData': 'text' }],
    ['too much', { userData: `#!/bin/sh\n${'ä'.repeat(32 * 1024)}` }, { 'cloudInit.userData': 'maxBytes' }],
    [
      'too much in plain fields',
      { runCommands: Array.from({ length: 20 }, () => 'x'.repeat(4000)) },
      { cloudInit: 'maxBytes' },
    ],
    [
      'plain fields beside raw user data',
      { userData: '#!/bin/sh\n', packages: ['a'], runCommands: [CANARY] },
      { 'cloudInit.packages': 'excluded', 'cloudInit.runCommands': 'excluded' },
    ],
    [
      'a network without a version',
      { networkConfig: `network: ${CANARY}` },
      { 'cloudInit.networkConfig': 'version' },
    ],
    ['a network that is no YAML', { networkConfig: `{${CANARY}` }, { 'cloudInit.networkConfig': 'yaml' }],
    [
      'a large network',
      { networkConfig: `#${'x'.repeat(16 * 1024)}` },
      { 'cloudInit.networkConfig': 'maxBytes' },
    ],
    [
      'two users of one name',
      { users: [{ name: 'anna' }, { name: 'anna' }] },
      { 'cloudInit.users[1].name': 'unique' },
    ],
    [
      'keys that are none',
      {
        sshKeys: [
          `ssh-ed25519 ${CANARY}`,
          `${KEY}\nssh-rsa x`,
          `-----BEGIN OPENSSH PRIVATE KEY----- ${CANARY}`,
        ],
        users: [{ name: 'anna', sshKeys: [KEY.replace('AAAAC3', 'AAAAB3')] }],
      },
      {
        'cloudInit.sshKeys[0]': 'sshKey',
        'cloudInit.sshKeys[1]': 'sshKey',
        'cloudInit.sshKeys[2]': 'sshKey',
        'cloudInit.users[0].sshKeys[0]': 'sshKey',
      },
    ],
  ])('is refused as %s, without a word of it', (_, input, faults) => {
    expect(faultsOf(input)).toEqual(faults);
  });

  it('is merged by a change, which always asks for another first boot', () => {
    const first = cloudInitRow({ hostName: 'a', packages: ['nginx'], userData: null });
    const second = cloudInitRow({ hostName: null, timezone: 'UTC' }, first);
    expect(second).toEqual({ instanceId: second.instanceId, packages: ['nginx'], timezone: 'UTC' });
    expect(second.instanceId).not.toBe(first.instanceId);
    expect(cloudInitRow({}, second).instanceId).not.toBe(second.instanceId);
    const user = cloudInitRow({ users: [{ name: 'anna', shell: null }] }).users;
    expect(user).toEqual([{ name: 'anna' }]);
    expect(cloudInitRow({ users: null }, cloudInitRow({ users: [{ name: 'anna' }] }))).not.toHaveProperty(
      'users',
    );
  });
});

describe('the texts of a seed', () => {
  const nics = [{ mac: '52:54:00:00:00:01' }];
  const row: CloudInitRow = { instanceId: 'iid-1' };

  it('are made of plain fields', () => {
    const texts = seedTexts(
      {
        ...row,
        hostName: 'web.example.org',
        users: [{ name: 'anna', sshKeys: [KEY], sudo: true, passwordHash: '$6$x$y', groups: ['adm'] }],
        sshKeys: [KEY],
        packages: ['nginx'],
        runCommands: ['touch /a: b', '[ -e /x ] && y'],
        timezone: 'Europe/Berlin',
      },
      'web-1',
      nics,
    );
    expect(texts.instanceId).toBe('iid-1');
    expect(parse(texts.metaData)).toEqual({ 'instance-id': 'iid-1', 'local-hostname': 'web.example.org' });
    expect(texts.userData.startsWith('#cloud-config\n')).toBe(true);
    expect(parse(texts.userData)).toEqual({
      manage_etc_hosts: 'localhost',
      users: [
        'default',
        {
          name: 'anna',
          lock_passwd: false,
          passwd: '$6$x$y',
          ssh_authorized_keys: [KEY],
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          shell: '/bin/bash',
          groups: ['adm'],
        },
      ],
      ssh_authorized_keys: [KEY],
      timezone: 'Europe/Berlin',
      package_update: true,
      packages: ['nginx'],
      runcmd: ['touch /a: b', '[ -e /x ] && y'],
    });
    expect(parse(texts.networkConfig).ethernets.eth0).toMatchObject({ dhcp4: true });
  });

  it('carry raw texts as they are, with the keys where a cloud puts them', () => {
    const raw = { ...row, userData: '#!/bin/sh\n', networkConfig: 'version: 1\n', sshKeys: [KEY] };
    const texts = seedTexts(raw, 'web-1', nics);
    expect(texts).toMatchObject({ userData: '#!/bin/sh\n', networkConfig: 'version: 1\n' });
    expect(parse(texts.metaData)).toEqual({
      'instance-id': 'iid-1',
      'local-hostname': 'web-1',
      'public-keys': [KEY],
    });
  });

  it('quote what an older YAML takes for a number or a truth', () => {
    const texts = seedTexts({ ...row, hostName: 'on' }, 'web-1', nics);
    expect(texts.networkConfig).toMatch(/macaddress: ["']52:54:00:00:00:01["']/);
    expect(texts.metaData).toMatch(/local-hostname: ["']on["']/);
  });

  it('are the same for the same VM', () => {
    expect(seedTexts(row, 'a', nics)).toEqual(seedTexts(row, 'a', nics));
  });
});

describe('what is shown of it', () => {
  it('has no password, no command and no raw text, only their digests and sizes', () => {
    const view = cloudInitView(
      {
        instanceId: 'iid-1',
        users: [{ name: 'anna', passwordHash: CANARY }],
        runCommands: [CANARY],
        userData: CANARY,
        networkConfig: CANARY,
      },
      'web-1',
    );
    expect(JSON.stringify(view)).not.toContain(CANARY);
    expect(view).toMatchObject({
      hostName: 'web-1',
      userData: { sizeBytes: CANARY.length },
      runCommands: { sizeBytes: CANARY.length + 1 },
      users: [{ name: 'anna', sudo: false, sshKeys: [], groups: [] }],
    });
    expect(view.userData?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(cloudInitView({ instanceId: 'i' }, 'n')).not.toHaveProperty('userData.sha256');
  });

  it('says how the first boot went, and takes no answer of an earlier one', () => {
    const of = (cloudInit: CloudInitRow | null, status?: 'running' | 'done' | 'error' | 'disabled') => {
      const cloudInitResult = status ? { instanceId: 'iid-1', status, detail: 'why', sinceMs: 0 } : null;
      return cloudInitCondition({ vm: { cloudInit, cloudInitResult } } as unknown as SeenVm)[0];
    };
    const row = { instanceId: 'iid-1' };
    expect(of(null, 'done')).toBeUndefined();
    expect(of(row)).toMatchObject({ status: 'unknown', reason: 'unknown' });
    expect(of({ instanceId: 'iid-2' }, 'done')).toMatchObject({ status: 'unknown' });
    expect(of(row, 'done')).toEqual({
      type: 'CloudInitDone',
      status: 'true',
      reason: 'done',
      message: 'why',
      lastTransitionAt: '1970-01-01T00:00:00.000Z',
    });
    expect(of(row, 'running')).toMatchObject({ status: 'false', reason: 'running' });
    expect(of(row, 'error')).toMatchObject({ status: 'false', reason: 'error', message: 'why' });
    expect(of(row, 'disabled')).toMatchObject({ status: 'false', reason: 'disabled' });
  });
});
