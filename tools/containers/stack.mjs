import { step } from '../provision/progress.mjs';
import { run } from '../provision/run.mjs';
import { apiClient } from '../start/api.mjs';
import { pause } from '../start/processes.mjs';

const HEALTHY_MS = 180_000;
const SERVICES = ['postgres', 'nats', 'intel', 'observer', 'operator'];

/** The containers of one compose project, and its API. */
export class Stack {
  constructor({ compose, engine, settings }) {
    this.compose = compose;
    this.engine = engine;
    this.settings = settings;
    this.url = `http://127.0.0.1:${settings.INTEL_PORT}`;
  }

  async up(services = []) {
    await step('compose up', () => this.compose.run(['up', '-d', '--no-build', ...services]));
    for (const service of SERVICES) await this.healthy(service);
    const token = await this.compose.run(['exec', '-T', 'intel', 'cat', '/var/lib/vman/first-token']);
    this.token = token.trim();
    this.api = apiClient(`${this.url}/v1`, this.token);
  }

  docker(args) {
    return run('docker', args, { env: this.engine.env });
  }

  async container(service) {
    return (await this.compose.run(['ps', '-q', service])).trim();
  }

  /** Waits until the health check of the image says so. */
  healthy(service) {
    return step(`${service} is healthy`, async () => {
      const deadline = Date.now() + HEALTHY_MS;
      for (;;) {
        const id = await this.container(service);
        const state =
          id && (await this.docker(['inspect', '--format', '{{.State.Health.Status}}', id])).trim();
        if (state === 'healthy') return;
        if (Date.now() > deadline) throw new Error(`${service} is ${state || 'not there'}`);
        await pause(250);
      }
    });
  }

  /** On the network of the project; reachable from this machine. */
  async addressOf(service) {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
    const text = await this.docker(['inspect', '--format', format, await this.container(service)]);
    return text.trim().split(' ')[0];
  }

  down() {
    return this.compose.run(['--profile', 'metrics', 'down', '--volumes', '--remove-orphans']);
  }

  async showLogs() {
    console.error(await this.compose.run(['logs', '--no-color', '--tail', '30']));
  }
}
