/**
 * The trio with real Postgres, NATS and QEMU, a VM that runs in it, and callers of every kind. Marked secrets are
 * handed in through the API, so that whoever finds a mark somewhere has found a leak.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkView, NewTokenView, VmView } from '#libs/contracts/http';
import { Stack } from '../../test/e2e/stack/stack.js';
import { type RawReply, type RawRequest, sendRaw } from './send-raw.js';

/** A crypt(3) hash as mkpasswd makes it; the mark is its salt and digest. */
const hashOf = (mark: string) => `$6$${mark.slice(0, 16)}$${mark.repeat(3).slice(0, 86)}`;

const settingsOf = (service: string): Record<string, string> =>
  service === 'intel' ? { VMAN_IMPORT_URL: 'http', VMAN_RATE_LIMIT: '0' } : {};

export interface Callers {
  admin: string;
  operator: string;
  viewer: string;
  /** The admin of another project. */
  foreign: string;
}

export class Ground {
  private constructor(
    readonly stack: Stack,
    readonly port: number,
    readonly callers: Callers,
    readonly marks: Readonly<Record<string, string>>,
    readonly vm: VmView,
    readonly network: NetworkView,
  ) {}

  static async start(): Promise<Ground> {
    const stack = await Stack.start({
      logLevel: 'trace',
      settings: async () => settingsOf,
    });
    try {
      await stack.api.ask('POST', '/v1/projects', { name: 'other' });
      const tokenOf = async (name: string, role: string, project?: string) =>
        (await stack.api.ask<NewTokenView>('POST', '/v1/tokens', { name, role, project })).token;
      const callers = {
        admin: readFileSync(join(stack.folder, 'token'), 'utf8').trim(),
        operator: await tokenOf('an-operator', 'operator', 'default'),
        viewer: await tokenOf('a-viewer', 'viewer', 'default'),
        foreign: await tokenOf('a-foreigner', 'admin', 'other'),
      };
      const marks = { password: randomBytes(24).toString('hex'), command: randomBytes(24).toString('hex') };
      const network = await stack.api.ask<NetworkView>('POST', '/v1/networks', {
        name: 'closed',
        kind: 'bridge',
        bridge: 'br-none',
        cidr: '10.99.0.0/24',
        project: 'default',
      });
      const { vm, operation } = await stack.api.createVm({
        name: 'target',
        memoryMiB: 32,
        disks: [{ sizeGiB: 1 }],
        nics: [{ portForwards: [{ guestPort: 22 }] }],
        cloudInit: {
          users: [{ name: 'anna', passwordHash: hashOf(marks.password) }],
          runCommands: [`echo ${marks.command}`],
        },
      });
      const end = await stack.api.finished(operation);
      if (end.status !== 'succeeded') throw new Error(`the VM does not run: ${JSON.stringify(end.error)}`);
      const port = Number(new URL(stack.intel.url).port);
      return new Ground(stack, port, callers, marks, await stack.api.vm(vm.id), network);
    } catch (error) {
      await stack.stop().catch(() => {});
      throw error;
    }
  }

  send(request: RawRequest): Promise<RawReply> {
    return sendRaw(this.port, request);
  }

  /** As the admin of everything. */
  sendAsAdmin(method: string, path: string, body?: object): Promise<RawReply> {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return this.send({ method, path, token: this.callers.admin, ...text });
  }

  stop(): Promise<void> {
    return this.stack.stop();
  }
}

/** The code of a refusal. */
export function codeOf({ text }: RawReply): string {
  try {
    return (JSON.parse(text) as { code?: string }).code ?? '';
  } catch {
    return '';
  }
}
