import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuestExecView, TemplateChangeView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureDebianImage } from '../../tools/provision/debian.mjs';
import { Stack } from './stack/stack.js';

/** Debian in emulation takes its time. */
const BOOT_MS = 600_000;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHR0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVz anna@desk';

describe('a Debian with real cloud-init', () => {
  let stack: Stack;

  beforeAll(async () => {
    const image = await ensureDebianImage();
    stack = await Stack.start({ importPath: dirname(image.path) });
    const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name: 'debian',
      format: image.format,
      source: { type: 'file', path: image.path.split('/').at(-1) },
    });
    expect((await stack.api.finished(operation)).status).toBe('succeeded');
  }, 1_200_000);
  afterAll(() => stack?.stop(), 60_000);

  it(
    'takes its name, its user with a key, its network and a command from its seed, and says that it is done',
    async () => {
      const { vm } = await stack.api.createVm({
        name: 'debian-1',
        template: 'debian',
        memoryMiB: 768,
        cloudInit: {
          users: [{ name: 'anna', sshKeys: [KEY], sudo: true }],
          timezone: 'Europe/Berlin',
          runCommands: ['echo marked > /var/lib/vman-marker'],
        },
      });
      const done = await waitFor(
        async () => {
          const now = await stack.api.vm(vm.id);
          const condition = now.status.conditions.find((it) => it.type === 'CloudInitDone');
          return condition && !['unknown', 'running'].includes(condition.reason) && condition;
        },
        { timeoutMs: BOOT_MS, everyMs: 1_000, what: 'cloud-init is through' },
      );
      expect(done).toMatchObject({ status: 'true', reason: 'done', message: '' });
      const inside = async (script: string) =>
        (
          await stack.api.ask<GuestExecView>('POST', `/v1/vms/${vm.id}/guest/exec`, {
            path: '/bin/sh',
            arguments: ['-c', script],
            timeoutSeconds: 60,
          })
        ).stdout;
      expect(await inside('hostname')).toBe('debian-1\n');
      expect(await inside('cat /home/anna/.ssh/authorized_keys')).toContain(KEY);
      expect(await inside('su anna -c "sudo -n id -u"')).toBe('0\n');
      expect(await inside('cat /var/lib/vman-marker')).toBe('marked\n');
      expect(await inside('readlink /etc/localtime')).toContain('Europe/Berlin');
      expect(await inside('ip -4 -o addr show dev eth0')).toContain('10.0.2.15/24');
      expect(await inside('cat /run/cloud-init/result.json')).toContain('NoCloud');
    },
    BOOT_MS + 60_000,
  );
});
