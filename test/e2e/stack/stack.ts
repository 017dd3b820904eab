import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  createTestDatabase,
  expectNoLeftovers,
  freePort,
  freePortRange,
  type Leftovers,
  type NatsServer,
  startNats,
  type TestDatabase,
  waitFor,
} from '#libs/testing';
import type { SeenAnswer } from '../../openapi/described-api.js';
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
  /** Who looks at each answer of the API; default: its description. */
  judge?: (answer: SeenAnswer) => void;
  /** How many operators there are, each with folders and an id of its own. Default 1. */
  hosts?: number;
  /** Instead of one in the cluster of the run; dropped at the end like that. */
  database?: TestDatabase;
  /** Makes the place where the operators run; `ports` are those that they must reach from there. */
  place?: (folder: string, ports: number[]) => Promise<StackPlace>;
  /** Settings beside the usual ones, by service: `intel`, `observer`, `host-1`, `host-2`, ... */
  settings?: (servers: { natsUrl: string; databaseUrl: string }) => Promise<SettingsOf>;
}

export interface StackPlace {
  /** Words before the command line of a program that is to run there. */
  through: readonly string[];
  remove(): Promise<void>;
}

export type SettingsOf = (service: string) => Record<string, string>;

/** One operator and what it owns. */
export interface StackHost {
  /** `host-1` and so on. */
  name: string;
  id: string;
  operator: Service;
  storage: string;
  run: string;
}

/** The trio as three processes, with real Postgres, a real nats-server and real QEMU, all of one test. */
export class Stack {
  private constructor(
    readonly folder: string,
    readonly nats: NatsServer,
    readonly intel: Service,
    readonly hosts: StackHost[],
    readonly observer: Service,
    readonly api: Api,
    readonly database: TestDatabase,
    private readonly tokenFile: string,
    private readonly leftovers: Leftovers,
    private readonly place: StackPlace | undefined,
  ) {}

  static async start(options: StackOptions = {}): Promise<Stack> {
    await buildWhenStale();
    const leftovers = expectNoLeftovers('e');
    const { folder } = leftovers;
    const [nats, database] = await Promise.all([
      startNats({ dataDir: join(folder, 'nats') }),
      options.database ?? createTestDatabase(),
    ]);
    const settings = await options.settings?.({ natsUrl: nats.url, databaseUrl: database.url });
    const ports = { intel: await freePort(), observer: await freePort() };
    const place = await options.place?.(join(folder, 'import'), [
      Number(new URL(nats.url).port),
      ports.intel,
    ]);
    const forwards = await freePortRange();
    const tokenFile = join(folder, 'token');
    mkdirSync(join(folder, 'logs'));
    const common = {
      VMAN_NATS_URL: nats.url,
      VMAN_LOG_LEVEL: options.logLevel ?? 'debug',
      VMAN_ALLOW_FAILPOINTS: 'true',
    };
    const service = (
      name: 'intel' | 'operator' | 'observer',
      port: number,
      env: Record<string, string>,
      label: string = name,
    ) =>
      new Service({
        name,
        port,
        env: { ...common, ...env, ...settings?.(label) },
        logFile: join(folder, 'logs', label),
        ...(name === 'operator' ? { through: place?.through } : {}),
      });
    const host = async (index: number): Promise<StackHost> => {
      const [name, suffix] = [`host-${index + 1}`, index === 0 ? '' : String(index + 1)];
      const run = join(folder, `run${suffix}`);
      const storage = settings?.(name).VMAN_STORAGE_PATH ?? join(folder, `host${suffix}`);
      const id = randomUUID();
      const port = await freePort();
      const operator = service(
        'operator',
        port,
        {
          VMAN_OPERATOR_PORT: String(port),
          VMAN_STORAGE_PATH: storage,
          VMAN_RUN_PATH: run,
          VMAN_HOST_ID: id,
          VMAN_HOST_NAME: name,
          VMAN_QEMU_ACCEL: 'tcg',
        },
        name,
      );
      return { name, id, operator, storage, run };
    };
    const stack = new Stack(
      folder,
      nats,
      service('intel', ports.intel, {
        VMAN_INTEL_PORT: String(ports.intel),
        VMAN_DATABASE_URL: database.url,
        VMAN_IMAGE_STORE_PATH: join(folder, 'images'),
        VMAN_IMAGE_IMPORT_PATH: options.importPath ?? join(folder, 'import'),
        VMAN_BOOTSTRAP_TOKEN_FILE: tokenFile,
        VMAN_FORWARD_PORT_RANGE: `${forwards.first}-${forwards.last}`,
      }),
      await Promise.all(Array.from({ length: options.hosts ?? 1 }, (_, index) => host(index))),
      service('observer', ports.observer, {
        VMAN_OBSERVER_PORT: String(ports.observer),
        VMAN_OBSERVER_INTERVAL: '2s',
      }),
      new Api(`http://127.0.0.1:${ports.intel}`, tokenFile, options.judge),
      database,
      tokenFile,
      leftovers,
      place,
    );
    mkdirSync(join(folder, 'import'), { recursive: true });
    for (const each of stack.services) each.start();
    try {
      await Promise.all(stack.services.map((each) => each.ready()));
      await stack.untilHostIsKnown();
    } catch (error) {
      await stack.stop().catch(() => {});
      throw error;
    }
    return stack;
  }

  /** The first host's. */
  get operator(): Service {
    return this.firstHost.operator;
  }

  get services(): Service[] {
    return [this.intel, ...this.hosts.map((host) => host.operator), this.observer];
  }

  private get firstHost(): StackHost {
    const [host] = this.hosts;
    if (!host) throw new Error('this stack has no host');
    return host;
  }

  /** The same API through another replica of intel. */
  apiAt(intel: Service): Api {
    return new Api(intel.url, this.tokenFile);
  }

  /** The QEMU processes of one VM. */
  pidsOf(vmId: string): number[] {
    return qemuPids(vmId);
  }

  /** The files of a VM on its host, relative to the folder of the test; the record that it was deleted left out. */
  filesOf(...ids: string[]): string[] {
    return this.hosts
      .flatMap((host) => [host.storage, host.run])
      .filter((folder) => existsSync(folder))
      .flatMap((folder) =>
        readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((it) => join(folder, it)),
      )
      .map((path) => path.slice(this.folder.length + 1))
      .filter((path) => ids.some((id) => path.includes(id)) && !path.includes('tombstone'));
  }

  /** Lets the guest switch itself off, as its user would. */
  async powerOffFromInside(vmId: string): Promise<void> {
    await typeAtConsole(this.firstHost.run, vmId, 'poweroff');
  }

  /** After a wipe of the bus: until the desired state of the VM lies there again and its host has read it. */
  async untilReseeded(vmId: string): Promise<void> {
    const host = (await this.api.vm(vmId)).status.host?.id ?? '';
    await untilDesiredWasRead(this.nats.url, host, vmId);
  }

  async untilHostIsKnown(count = this.hosts.length): Promise<void> {
    await waitFor(
      async () => {
        const hosts = await this.api.ask<{ items: { state: string }[] }>('GET', '/v1/hosts');
        return hosts.items.filter((host) => host.state === 'ready').length === count;
      },
      { timeoutMs: 30_000, everyMs: 50, what: 'every host is ready' },
    );
  }

  /** Ends everything, the guests too, and fails when a process or a file outside the known folders is left. */
  async stop(): Promise<void> {
    await Promise.all(this.services.map((each) => each.end('SIGTERM')));
    for (const pid of qemuPids(this.folder)) process.kill(pid, 'SIGKILL');
    // A watchdog goes by itself once there is nothing to watch; an agent that ended in order left it a minute's work.
    for (const { run } of this.hosts) rmSync(join(run, 'leases'), { recursive: true, force: true });
    await this.place?.remove();
    await this.nats.stop();
    await this.database.drop();
    await this.leftovers.check({
      allowed: ['logs/', 'nats/', 'images/', 'import/', 'host', 'run', 'token'],
    });
  }
}
