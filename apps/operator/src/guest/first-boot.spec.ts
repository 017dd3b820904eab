import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudInit, DesiredVm } from '#libs/contracts';
import { GuestAgentError, GuestAgentUnavailableError } from '#libs/qemu';
import { desiredVm, silentLogger, VirtualClock } from '#libs/testing';
import { EMPTY_STATUS, type StatusRecord } from '../storage/vm-records.js';
import { FirstBoot } from './first-boot.js';
import { readFirstBoot, withoutSecrets } from './read-first-boot.js';

const seed: CloudInit = {
  instanceId: 'iid-1',
  userData: '#cloud-config\npassword_of_all: canary-42\nruncmd:\n  - curl https://user:canary-43@host\n',
  metaData: 'instance-id: iid-1\n',
  networkConfig: '',
};
const DONE = '{"v1":{"datasource":"DataSourceNoCloud [seed=/dev/vdb][dsmode=net]","errors":[]}}';

let files: Record<string, string>;
let reads: string[];
const guest = {
  readFile: async (path: string) => {
    reads.push(path.replace('/run/cloud-init/', ''));
    const text = files[path.replace('/run/cloud-init/', '')];
    if (text === undefined) throw new GuestAgentError('guest-file-open', 'GenericError', 'no such file');
    return Buffer.from(text);
  },
};

beforeEach(() => {
  files = {};
  reads = [];
});

describe('what a guest tells of its first boot', () => {
  it.each([
    ['done', { 'result.json': DONE }, 'done', ''],
    ['at work', { 'status.json': '{"v1":{"stage":"modules-config"}}' }, 'running', 'in modules-config'],
    ['at work, between stages', { 'status.json': '{"v1":{"stage":null}}' }, 'running', ''],
    ['turned off', { disabled: '' }, 'disabled', 'cloud-init is turned off in the guest, or found no seed'],
    [
      'through with errors',
      { 'result.json': '{"v1":{"datasource":"DataSourceNoCloud","errors":["(\'runcmd\', 1)","more"]}}' },
      'error',
      "('runcmd', 1); more",
    ],
    [
      'through with another source',
      { 'result.json': '{"v1":{"datasource":"DataSourceNone","errors":[]}}' },
      'error',
      'cloud-init did not use the seed, but DataSourceNone',
    ],
    ['odd', { 'result.json': '[' }, 'error', 'cloud-init left no result'],
    ['odd in another way', { 'result.json': '{"v1":7}' }, 'error', 'cloud-init left no result'],
  ])('is told when it is %s', async (_, there, status, detail) => {
    files = there as Record<string, string>;
    expect(await readFirstBoot(guest)).toEqual({ status, detail });
  });

  it('is nothing in a guest without cloud-init, and a broken line to the agent is not taken for that', async () => {
    expect(await readFirstBoot(guest)).toBeUndefined();
    const gone = { readFile: async () => Promise.reject(new GuestAgentUnavailableError('connect', 'gone')) };
    await expect(readFirstBoot(gone)).rejects.toThrow(GuestAgentUnavailableError);
  });

  it('never repeats a value of the seed, and keeps the names of its fields', () => {
    const said =
      "runcmd failed: ['curl', 'https://user:canary-43@host'] password_of_all='canary-42' packages";
    const told = withoutSecrets(said, seed);
    expect(told).not.toMatch(/canary/);
    expect(told).toContain('runcmd failed');
    expect(told).toContain('password_of_all');
    expect(told).toContain('packages');
    expect(withoutSecrets(said, undefined)).toBe('');
  });
});

describe('the first boot of a guest', () => {
  let status: StatusRecord;
  let told: number;
  let clock: VirtualClock;
  const firstBoot = (instanceId: string | undefined, desired: DesiredVm) => {
    const vm = {
      vmId: 'v',
      desired,
      get status() {
        return status;
      },
      saveStatus: async (change: Partial<StatusRecord>) => {
        status = { ...status, ...change };
      },
    };
    return new FirstBoot({ clock, logger: silentLogger }, vm, instanceId, () => {
      told += 1;
    });
  };

  beforeEach(() => {
    status = { ...EMPTY_STATUS };
    told = 0;
    clock = new VirtualClock();
  });

  it('is followed until it is through, told once for each change, and then never asked for again', async () => {
    const boot = firstBoot('iid-1', desiredVm({ cloudInit: seed }));
    files = { 'status.json': '{"v1":{"stage":"init"}}' };
    expect(await boot.settled(guest)).toBe(false);
    expect(await boot.settled(guest)).toBe(false);
    expect(told).toBe(1);
    expect(status.cloudInit).toMatchObject({ instanceId: 'iid-1', status: 'running' });
    files = { 'result.json': DONE };
    expect(await boot.settled(guest)).toBe(true);
    expect(status.cloudInit).toMatchObject({ status: 'done', detail: '' });
    const asked = reads.length;
    expect(await firstBoot('iid-1', desiredVm({ cloudInit: seed })).settled(guest)).toBe(true);
    expect(reads.length).toBe(asked);
    expect(told).toBe(2);
  });

  it('is followed anew with another seed, and is nothing without one', async () => {
    files = { 'result.json': DONE };
    await firstBoot('iid-1', desiredVm({ cloudInit: seed })).settled(guest);
    expect(await firstBoot('iid-2', desiredVm({ cloudInit: seed })).settled(guest)).toBe(true);
    expect(status.cloudInit).toMatchObject({ instanceId: 'iid-2', status: 'done' });
    reads = [];
    expect(await firstBoot(undefined, desiredVm()).settled(guest)).toBe(true);
    expect(reads).toEqual([]);
  });

  it('is not waited for in a guest that has no cloud-init', async () => {
    expect(await firstBoot('iid-1', desiredVm({ cloudInit: seed })).settled(guest)).toBe(true);
    expect(status.cloudInit).toBeUndefined();
  });
});
