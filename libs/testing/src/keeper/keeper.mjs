/**
 * Owns the servers and the folder of one test run. It starts a server when the first test asks for it on the socket,
 * and it ends all of them, whatever lives in the folder, and the folder when its standard input ends: that happens
 * at the end of the run, and also when the run is killed, since the kernel closes the pipe then.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = process.argv[2];
const starting = new Map();

const starters = {
  postgres: () =>
    process.env.VMAN_TEST_SERVERS === 'containers' ? postgresFromImage() : postgresFromPackage(),
};

async function postgresFromPackage() {
  const { startPostgres } = await import('../../../../tools/provision/postgres.mjs');
  const server = await startPostgres({
    dataDir: join(folder, 'pg'),
    fsync: process.env.VMAN_TEST_FSYNC === 'on',
    log: () => {},
  });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      // Not below the folder of the run when the server's user could not reach that.
      rmSync(server.dataDir, { recursive: true, force: true });
    },
  };
}

async function postgresFromImage() {
  const { GenericContainer, Wait } = await import('testcontainers');
  const image = process.env.VMAN_TEST_PG_IMAGE ?? 'postgres:17';
  const container = await new GenericContainer(image)
    .withEnvironment({ POSTGRES_PASSWORD: 'test' })
    .withCommand(['postgres', '-c', 'fsync=off'])
    .withExposedPorts(5432)
    // The image starts the server once to initialise it and a second time to serve.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start()
    .catch((error) => {
      throw new Error(
        `VMAN_TEST_SERVERS=containers needs a Docker engine and the image ${image} (${error.message})`,
      );
    });
  const url = `postgres://postgres:test@${container.getHost()}:${container.getMappedPort(5432)}/postgres`;
  return { url, stop: () => container.stop() };
}

function serve(name) {
  if (!starting.has(name))
    starting.set(name, starters[name]?.() ?? Promise.reject(new Error('unknown server')));
  return starting.get(name);
}

const socket = createServer({ allowHalfOpen: true }, (client) => {
  client.on('error', () => {});
  client.once('data', async (data) => {
    const answer = await serve(String(data).trim()).then(
      ({ url }) => ({ url }),
      (error) => ({ error: error.message }),
    );
    client.end(JSON.stringify(answer));
  });
});

let ending = false;
async function end() {
  if (ending) return;
  ending = true;
  socket.close();
  for (const server of starting.values()) await server.then((it) => it.stop()).catch(() => {});
  killWhatIsLeft();
  await removeContainers().catch(() => {});
  freePorts();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(0);
}

/** Processes that name the folder of this run in their command line. */
function killWhatIsLeft() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`))
        process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

/** Containers that launch-container.ts made for this run, which outlive a worker that is killed. */
async function removeContainers() {
  if (process.env.VMAN_TEST_SERVERS !== 'containers') return;
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const filters = { label: [`vman.test.run=${folder}`] };
  for (const { Id } of await dockerode.listContainers({ all: true, filters }))
    await dockerode.getContainer(Id).remove({ force: true });
}

/** The reservations of free-port.ts whose process ended. */
function freePorts() {
  const ports = join(tmpdir(), 'vman-test-ports');
  if (!existsSync(ports)) return;
  for (const port of readdirSync(ports)) {
    try {
      if (!existsSync(`/proc/${readFileSync(join(ports, port), 'utf8')}`)) rmSync(join(ports, port));
    } catch {
      // Another run frees it.
    }
  }
}

process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', end);
process.stdin.on('end', end).on('error', end).resume();
socket.listen(join(folder, 'keeper.sock'), () => process.stdout.write('ready\n'));
