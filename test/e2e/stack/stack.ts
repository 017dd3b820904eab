import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  createTestDatabase,
  expectNoLeftovers,
  freePort,
  type Leftovers,
  type NatsServer,
  startNats,
  type TestDatabase,
  waitFor,
} from '#libs/testing';
import { Api } from './api.js';
import { buildWhenStale } from './build-when-stale.js';
import { untilDesiredWasRead } from './bus-probe.js';
import { typeAtConsole } from './guest-console.js';
import { qemuPids } from './qemu-processes.js';
import { Service } from './service.js';

export interface StackOptions {
  /** A folder from which templates may be taken. */
  importPath?: string;
  /** Default `debug`. */
  logLevel?: string;
}

/** The trio as three processes, with real Postgres, a real nats-server and real QEMU, all of one test. */
export class Stack {
  private constructor(
    readonly folder: string,
    readonly nats: NatsServer,
    readonly intel: Service,
    readonly operator: Service,
    readonly observer: Service,
    readonly api: Api,
    private readonly database: TestDatabase,
    private readonly leftovers: Leftovers,
  ) {}

  static async start(options: StackOptions = {}): Promise<Stack> {
    await buildWhenStale();
    const leftovers = expectNoLeftovers('e');
    const { folder } = leftovers;
    const [nats, database] = await Promise.all([
      startNats({ dataDir: join(folder, 'nats') }),
      createTestDatabase(),
    ]);
    const ports = { intel: await freePort(), operator: await freePort(), observer: await freePort() };
    const forwards = await freePort();
    const tokenFile = join(folder, 'token');
    mkdirSync(join(folder, 'logs'));
    const common = {
      VMAN_NATS_URL: nats.url,
      VMAN_LOG_LEVEL: options.logLevel ?? 'debug',
      VMAN_ALLOW_FAILPOINTS: 'true',
    };
    const service = (name: 'intel' | 'operator' | 'observer', env: Record<string, string>) =>
      new Service({
        name,
        port: ports[name],
        env: { ...common, ...env },
        logFile: join(folder, 'logs', name),
      });
    const stack = new Stack(
      folder,
      nats,
      service('intel', {
        VMAN_INTEL_PORT: String(ports.intel),
        VMAN_DATABASE_URL: database.url,
        VMAN_IMAGE_STORE_PATH: join(folder, 'images'),
        VMAN_IMAGE_IMPORT_PATH: options.importPath ?? join(folder, 'import'),
        VMAN_BOOTSTRAP_TOKEN_FILE: tokenFile,
        VMAN_FORWARD_PORT_RANGE: `${forwards}-${forwards + 200}`,
      }),
      service('operator', {
        VMAN_OPERATOR_PORT: String(ports.operator),
        VMAN_STORAGE_PATH: join(folder, 'host'),
        VMAN_RUN_PATH: join(folder, 'run'),
        VMAN_QEMU_ACCEL: 'tcg',
      }),
      service('observer', { VMAN_OBSERVER_PORT: String(ports.observer), VMAN_OBSERVER_INTERVAL: '2s' }),
      new Api(`http://127.0.0.1:${ports.intel}`, tokenFile),
      database,
      leftovers,
    );
    mkdirSync(join(folder, 'import'), { recursive: true });
    for (const each of stack.services) each.start();
    await Promise.all(stack.services.map((each) => each.ready()));
    await stack.untilHostIsKnown();
    return stack;
  }

  get services(): Service[] {
    return [this.intel, this.operator, this.observer];
  }

  /** The QEMU processes of one VM. */
  pidsOf(vmId: string): number[] {
    return qemuPids(vmId);
  }

  /** The files of a VM on its host, relative to the folder of the test; the record that it was deleted left out. */
  filesOf(vmId: string): string[] {
    return ['host', 'run']
      .flatMap((part) =>
        readdirSync(join(this.folder, part), { recursive: true, encoding: 'utf8' }).map(
          (it) => `${part}/${it}`,
        ),
      )
      .filter((path) => path.includes(vmId) && !path.includes('tombstone'));
  }

  /** Lets the guest switch itself off, as its user would. */
  async powerOffFromInside(vmId: string): Promise<void> {
    await typeAtConsole(join(this.folder, 'run'), vmId, 'poweroff');
  }

  /** After a wipe of the bus: until the desired state of the VM lies there again and its host has read it. */
  async untilReseeded(vmId: string): Promise<void> {
    const host = (await this.api.vm(vmId)).status.host?.id ?? '';
    await untilDesiredWasRead(this.nats.url, host, vmId);
  }

  async untilHostIsKnown(): Promise<void> {
    await waitFor(
      async () => {
        const hosts = await this.api.ask<{ items: { state: string }[] }>('GET', '/v1/hosts');
        return hosts.items.some((host) => host.state === 'online');
      },
      { timeoutMs: 15_000, everyMs: 50, what: 'the host is online' },
    );
  }

  /** Ends everything, the guests too, and fails when a process or a file outside the known folders is left. */
  async stop(): Promise<void> {
    await Promise.all(this.services.map((each) => each.end('SIGTERM')));
    for (const pid of qemuPids(this.folder)) process.kill(pid, 'SIGKILL');
    await this.nats.stop();
    await this.database.drop();
    await this.leftovers.check({
      allowed: ['logs/', 'nats/', 'images/', 'import/', 'host/', 'run/', 'token'],
    });
  }
}
