import { RUN_FOLDER_VARIABLE } from '../keeper/start-keeper.js';
import type { NatsLaunch, NatsRun } from './nats-run.js';

const DEFAULT_IMAGE = 'nats:2.10';

/** The same server from an image; the data lies outside of the container, so that it outlives it. */
export async function launchContainer({ name, port, dataDir, token }: NatsLaunch): Promise<NatsRun> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const image = process.env.VMAN_TEST_NATS_IMAGE ?? DEFAULT_IMAGE;
  const command = ['-p', '4222', '-js', '-sd', '/data', '-n', name, ...(token ? ['--auth', token] : [])];
  const engine = await getContainerRuntimeClient().catch((cause: unknown) => refuse(image, cause));
  const container = await new GenericContainer(image)
    .withName(name)
    // for keeper.mjs
    .withLabels({ 'vman.test.run': process.env[RUN_FOLDER_VARIABLE] ?? '' })
    .withCommand(command)
    .withBindMounts([{ source: dataDir, target: '/data' }])
    .withExposedPorts({ container: 4222, host: port })
    .start()
    .catch(async (cause: unknown) => {
      // one that was made and cannot run, as on a port that is taken, would stay
      await engine.container
        .getById(name)
        .remove({ force: true })
        .catch(() => undefined);
      return refuse(image, cause);
    });
  return {
    freeze: async () => void (await engine.container.getById(container.getId()).pause()),
    thaw: async () => void (await engine.container.getById(container.getId()).unpause()),
    failure: () => undefined,
    async end(how) {
      await container.stop({ timeout: how === 'orderly' ? 10_000 : 0, remove: true });
    },
  };
}

function refuse(image: string, cause: unknown): never {
  const needs = `VMAN_TEST_SERVERS=containers needs a Docker engine and the image ${image}`;
  throw new Error(`nats-server ended; ${needs}`, { cause });
}
