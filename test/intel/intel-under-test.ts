/** A whole intel in this process, on a real Postgres and a real nats-server, with a client for its API. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Bus } from '#libs/bus';
import { systemClock } from '#libs/clock';
import { loadConfig } from '#libs/config';
import type { OperationView, VmChangeView, VmView } from '#libs/contracts/http';
import { createLogger } from '#libs/logging';
import {
  createTestDatabase,
  freePort,
  type NatsServer,
  startNats,
  type TestDatabase,
  testFolder,
  waitFor,
} from '#libs/testing';
import { Database } from '../../apps/intel/src/db-operator/index.js';
import type { IntelParts } from '../../apps/intel/src/intel.module.js';
import { makeIntel } from '../../apps/intel/src/make-intel.js';
import { expectDescribed } from '../openapi/described-api.js';

export interface Reply<T> {
  status: number;
  headers: Headers;
  body: T;
}

export interface RequestOptions {
  headers?: Record<string, string>;
  token?: string;
}

export class IntelUnderTest {
  readonly folder = testFolder('intel');
  readonly importFolder = testFolder('import');
  token = '';
  database!: Database;
  bus!: Bus;
  app!: NestFastifyApplication;
  private stopping = false;
  private ports: Pick<IntelParts, 'resolve'> = {};

  private constructor(
    readonly nats: NatsServer,
    readonly postgres: TestDatabase,
    readonly port: number,
  ) {}

  static async start(
    env: Record<string, string> = {},
    ports: Pick<IntelParts, 'resolve'> = {},
  ): Promise<IntelUnderTest> {
    const [nats, postgres, port] = await Promise.all([
      startNats(),
      createTestDatabase({ migrate }),
      freePort(),
    ]);
    const intel = new IntelUnderTest(nats, postgres, port);
    intel.ports = ports;
    await intel.up(env);
    intel.token = readFileSync(join(intel.folder, 'token'), 'utf8').trim();
    return intel;
  }

  environment(): Record<string, string> {
    return {
      VMAN_DATABASE_URL: this.postgres.url,
      VMAN_NATS_URL: this.nats.url,
      VMAN_INTEL_PORT: String(this.port),
      VMAN_IMAGE_STORE_PATH: join(this.folder, 'images'),
      VMAN_IMAGE_IMPORT_PATH: this.importFolder,
      VMAN_BOOTSTRAP_TOKEN_FILE: join(this.folder, 'token'),
      VMAN_FORWARD_PORT_RANGE: '30000-30199',
      VMAN_LOG_LEVEL: process.env.VMAN_TEST_LOG ?? 'silent',
    };
  }

  async up(env: Record<string, string> = {}): Promise<void> {
    this.stopping = false;
    const config = loadConfig('intel', {
      env: { ...this.environment(), ...env },
      argv: [],
      cwd: this.folder,
    });
    const logger = createLogger({ service: 'intel', level: config.logLevel });
    this.database = await Database.open(config.databaseUrl, logger);
    this.bus = Bus.open({ url: config.natsUrl, name: 'intel', logger });
    this.app = await makeIntel({
      ...this.ports,
      config,
      logger,
      database: this.database,
      bus: this.bus,
      clock: systemClock,
    });
    await this.app.listen(config.intelPort, config.intelAddress);
  }

  async down(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    await this.app.close();
  }

  /** Everything, and nothing is left of it. */
  async end(): Promise<void> {
    await this.down();
    await this.nats.remove();
    await this.postgres.drop();
  }

  async request<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    options: RequestOptions = {},
  ): Promise<Reply<T>> {
    const raw = typeof body === 'string';
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${options.token ?? this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const contentType = response.headers.get('content-type') ?? '';
    // Not the one with a document a line.
    const answer = /[/+]json(;|$)/.test(contentType) ? JSON.parse(text) : text;
    expectDescribed({ method, path, status: response.status, contentType, body: answer });
    return { status: response.status, headers: response.headers, body: answer as T };
  }

  async vm(id: string): Promise<VmView> {
    return (await this.request<VmView>('GET', `/v1/vms/${id}`)).body;
  }

  async createVm(name: string, more: object = {}): Promise<{ vm: VmView; operation: OperationView }> {
    const wanted = { name, memoryMiB: 64, ...more };
    // Many at once may find no connection to the database free in time, and are told to come again.
    // No answer at all is another matter, such as an intel that was killed: that is thrown at once.
    const answered = await waitFor(
      async () => {
        const asked = this.request<VmChangeView>('POST', '/v1/vms', wanted);
        const answer = await asked.catch((error: unknown) => ({ status: 0, error }));
        return answer.status !== 503 && answer;
      },
      { timeoutMs: 60_000, everyMs: 200, what: `there is time for ${name}` },
    );
    if ('error' in answered) throw answered.error;
    const { status, body } = answered;
    if (status !== 201 || !body.vm) throw new Error(`create ${name}: ${status} ${JSON.stringify(body)}`);
    return { vm: body.vm, operation: body.operation };
  }

  async makeProjects(...names: string[]): Promise<void> {
    for (const name of names) {
      const { status, body } = await this.request('POST', '/v1/projects', { name });
      if (status !== 201) throw new Error(`project ${name}: ${status} ${JSON.stringify(body)}`);
    }
  }

  async operation(id: string, wait = '0s'): Promise<OperationView> {
    return (await this.request<OperationView>('GET', `/v1/operations/${id}?wait=${wait}`)).body;
  }
}

/** Brings a database up to date once; the test databases are clones of it. */
export async function migrate(url: string): Promise<void> {
  const quiet = { info: () => {}, warn: () => {} };
  const database = await Database.open(url, quiet);
  await database.close();
}
