import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { testFolder } from '#libs/testing';
import { firstBoot } from './first-boot.js';

const terminal = { readStdin: async () => '#cloud-config\n' };

describe('the options of a first boot', () => {
  it('say nothing when none is given', async () => {
    expect(await firstBoot({}, terminal)).toBeUndefined();
  });

  it('take keys as they are and from files, and user data from the input', async () => {
    const file = join(testFolder('keys'), 'keys.pub');
    writeFileSync(file, '# mine\nssh-ed25519 AAAA a\n\nssh-rsa AAAB b\n');
    const flags = { hostname: 'web', sshKey: [file, 'ssh-ed25519 AAAC c'], cloudInitFile: '-' };
    expect(await firstBoot(flags, terminal)).toEqual({
      hostName: 'web',
      sshKeys: ['ssh-ed25519 AAAA a', 'ssh-rsa AAAB b', 'ssh-ed25519 AAAC c'],
      userData: '#cloud-config\n',
    });
    expect((await firstBoot({ cloudInitFile: file }, terminal))?.userData).toContain('ssh-rsa');
  });

  it('name a file that cannot be read', async () => {
    await expect(firstBoot({ cloudInitFile: '/nowhere' }, terminal)).rejects.toThrow(
      '/nowhere cannot be read',
    );
  });
});
