// Job: everything below the API, started in order and stopped in the reverse order: database, bus, services.
// What is given from outside (VMAN_DATABASE_URL, VMAN_NATS_URL) is used instead and never stopped.
import { existsSync, readFileSync } from 'node:fs';
import { CACHE } from '../provision/paths.mjs';
import { freePort } from '../provision/port.mjs';
import { startPostgres } from '../provision/postgres.mjs';
import { step } from '../provision/progress.mjs';
import { apiClient } from './api.mjs';
import { startNats } from './start-nats.mjs';
import { endLeftServices, startServices } from './start-services.mjs';

/** Settings that this tool decides itself when they are not given. */
const SERVICE_PORTS = { intel: 7400, operator: 7401, observer: 7402 };

export class Stack {
  #parts = [];
  #stopped;

  constructor(folders, state, log) {
    this.folders = folders;
    this.state = state;
    this.log = log;
  }

  /** @returns {Promise<string>} the URL for the services */
  startDatabase(outside) {
    if (outside) return step('database', (note) => note('the one of VMAN_DATABASE_URL')).then(() => outside);
    return step('database', async (note) => {
      const server = await startPostgres({
        dataDir: this.folders.database,
        port: this.state.ports.database,
        log: this.log,
      });
      await this.#add(server.stop);
      this.databaseFolder = server.dataDir;
      this.state.ports.database = server.port;
      note(`PostgreSQL on 127.0.0.1:${server.port}`);
      return server.url;
    });
  }

  /** @returns {Promise<{url: string, token?: string}>} */
  startBus(binary, outside) {
    if (outside) return step('bus', (note) => note('the one of VMAN_NATS_URL')).then(() => outside);
    return step('bus', async (note) => {
      const { ports, natsToken } = this.state;
      const server = await startNats({ binary, folder: this.folders.bus, port: ports.bus, token: natsToken });
      await this.#add(server.stop);
      ports.bus = server.port;
      this.state.natsToken = server.token;
      note(`nats-server with JetStream on 127.0.0.1:${server.port}`);
      return server;
    });
  }

  /** Starts intel, operator and observer, and waits until all are ready. */
  startServices(databaseUrl, bus) {
    return step('services', async (note) => {
      const { ports } = this.state;
      await endLeftServices(this.folders, this.log);
      for (const [name, usual] of Object.entries(SERVICE_PORTS)) {
        const wanted = process.env[`VMAN_${name.toUpperCase()}_PORT`];
        ports[name] = await freePort(wanted ? Number(wanted) : (ports[name] ?? usual));
      }
      const services = startServices({
        services: this.#settings(databaseUrl, bus),
        folders: this.folders,
        log: this.log,
      });
      await this.#add(services.stop);
      await services.ready();
      note(`intel ${ports.intel}, operator ${ports.operator}, observer ${ports.observer}`);
      this.url = `http://127.0.0.1:${ports.intel}`;
      this.token = await this.#firstToken();
      this.api = apiClient(`${this.url}/v1`, this.token);
    });
  }

  #settings(databaseUrl, bus) {
    const { folders } = this;
    const { ports } = this.state;
    const common = {
      ...serviceEnvironment(),
      NODE_COMPILE_CACHE: `${CACHE}/compiled`,
      VMAN_NATS_URL: bus.url,
      ...(bus.token ? { VMAN_NATS_TOKEN: bus.token } : {}),
    };
    return {
      intel: {
        port: ports.intel,
        env: {
          ...common,
          VMAN_INTEL_ADDRESS: '127.0.0.1',
          VMAN_INTEL_PORT: String(ports.intel),
          VMAN_DATABASE_URL: databaseUrl,
          VMAN_IMAGE_STORE_PATH: folders.images,
          VMAN_IMAGE_IMPORT_PATH: folders.imports,
          VMAN_BOOTSTRAP_TOKEN_FILE: folders.tokenFile,
        },
      },
      operator: {
        port: ports.operator,
        env: {
          ...common,
          VMAN_OPERATOR_PORT: String(ports.operator),
          VMAN_STORAGE_PATH: folders.storage,
          VMAN_RUN_PATH: folders.run,
        },
      },
      observer: { port: ports.observer, env: { ...common, VMAN_OBSERVER_PORT: String(ports.observer) } },
    };
  }

  async #firstToken() {
    const file = this.folders.tokenFile;
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    throw new Error(
      `intel wrote no first token to ${file}; a database that was used before has its own tokens`,
    );
  }

  /** Whether stopping has begun; nothing new is started then. */
  get stopping() {
    return this.#stopped !== undefined;
  }

  async #add(stop) {
    this.#parts.push(stop);
    if (!this.stopping) return;
    await stop();
    throw new Error('stopped while starting');
  }

  /** Stops in reverse order everything that was started; may be called at any time and repeatedly. */
  stop() {
    this.#stopped ??= Promise.resolve().then(async () => {
      while (this.#parts.length > 0) await this.#parts.pop()();
    });
    return this.#stopped;
  }
}

/** Our environment without what is only for tools, and without what this tool decides itself. */
function serviceEnvironment() {
  const decided =
    /^VMAN_(DATABASE_URL(_FILE)?|NATS_URL|NATS_TOKEN_FILE|INTEL_PORT|INTEL_ADDRESS|OPERATOR_PORT|OBSERVER_PORT|LOG_DIR|LOG_FILE|NATS_SERVER)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !decided.test(name)));
}
