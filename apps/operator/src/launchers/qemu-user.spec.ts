import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findQemuUser, passes, type UserSurroundings } from './qemu-user.js';

const around: UserSurroundings = {
  euid: 0,
  status: 'CapInh:\t0\nCapEff:\t000001ffffffffff\n',
  passwd: 'root:x:0:0::/root:/bin/sh\nvman-qemu:x:990:991::/:/bin/false\nme:x:1000:1000::/:/bin/sh\n',
  group: 'root:x:0:\nkvm:x:108:\n',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vman-user-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'closed/storage'), { recursive: true });
  chmodSync(join(folder, 'closed'), 0o700);
});
afterAll(() => rmSync(folder, { recursive: true }));

const choose = (setting?: string, more: Partial<UserSurroundings> = {}) =>
  findQemuUser(setting, [join(folder, 'storage')], { ...around, ...more });

describe('the user of QEMU', () => {
  it('is vman-qemu in the group kvm, where there are such', async () => {
    expect(await choose()).toEqual({ user: { name: 'vman-qemu', uid: 990, gid: 108 } });
    expect(await choose(undefined, { group: '' })).toEqual({
      user: { name: 'vman-qemu', uid: 990, gid: 991 },
    });
  });

  it('is the one of the settings', async () => {
    expect(await choose('me')).toEqual({ user: { name: 'me', uid: 1000, gid: 108 } });
  });

  it.each([
    ['there is none', { passwd: 'root:x:0:0::/:/bin/sh\n' }, 'there is no user vman-qemu'],
    ['root has no capabilities', { status: 'CapEff:\t0000000000000000\n' }, 'not the capabilities of root'],
  ])("stays the operator's own, with a reason, when %s", async (_, more, reason) => {
    const choice = await choose(undefined, more);
    expect(choice).toMatchObject({ user: undefined, expected: false });
    expect(choice).toMatchObject({ reason: expect.stringContaining(reason) });
    await expect(choose('vman-qemu', more)).rejects.toThrow(reason);
  });

  it("stays the operator's own, without a worry, when that is not root", async () => {
    expect(await choose(undefined, { euid: 1000 })).toMatchObject({ user: undefined, expected: true });
    expect(await choose('me', { euid: 1000 })).toMatchObject({ user: undefined, expected: true });
    await expect(choose('vman-qemu', { euid: 1000 })).rejects.toThrow('VMAN_QEMU_USER');
  });

  it('may be told to stay root', async () => {
    expect(await choose('root')).toMatchObject({ user: undefined, expected: true });
  });

  it('must reach the storage', async () => {
    const hidden = [join(folder, 'closed/storage')];
    expect(await findQemuUser(undefined, hidden, around)).toMatchObject({ user: undefined });
    await expect(findQemuUser('me', hidden, around)).rejects.toThrow('it cannot reach');
  });
});

describe('who passes through a folder', () => {
  const user = { name: 'u', uid: 5, gid: 6 };
  it.each([
    [{ uid: 5, gid: 0, mode: 0o100 }, true],
    [{ uid: 5, gid: 6, mode: 0o077 }, false],
    [{ uid: 0, gid: 6, mode: 0o710 }, true],
    [{ uid: 0, gid: 6, mode: 0o701 }, false],
    [{ uid: 0, gid: 0, mode: 0o711 }, true],
    [{ uid: 0, gid: 0, mode: 0o770 }, false],
  ])('%j: %s', (found, may) => {
    expect(passes(user, found)).toBe(may);
  });
});
