import type { NatsLaunch, NatsRun } from './nats-run.js';

const DEFAULT_IMAGE = 'nats:2.10';

/** The same server from an image; the data lies outside of the container, so that it outlives it. */
export async function launchContainer({ name, port, dataDir, token }: NatsLaunch): Promise<NatsRun> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const image = process.env.VMAN_TEST_NATS_IMAGE ?? DEFAULT_IMAGE;
  const command = ['-p', '4222', '-js', '-sd', '/data', '-n', name, ...(token ? ['--auth', token] : [])];
  const container = await new GenericContainer(image)
    .withCommand(command)
    .withBindMounts([{ source: dataDir, target: '/data' }])
    .withExposedPorts({ container: 4222, host: port })
    .start()
    .catch((cause: unknown) => {
      throw new Error(
        `nats-server ended; VMAN_TEST_SERVERS=containers needs a Docker engine and the image ${image}`,
        { cause },
      );
    });
  const engine = await getContainerRuntimeClient();
  return {
    freeze: async () => void (await engine.container.getById(container.getId()).pause()),
    thaw: async () => void (await engine.container.getById(container.getId()).unpause()),
    failure: () => undefined,
    async end(how) {
      await container.stop({ timeout: how === 'orderly' ? 10_000 : 0, remove: true });
    },
  };
}
