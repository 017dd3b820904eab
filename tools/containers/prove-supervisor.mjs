// Job: deploy/supervisor/vman.conf on a machine without systemd. How: a container with Debian's supervisord as process 1
// plays the machine; all three services are installed there by deploy/install-host.sh, beside the composed Postgres and
// NATS. Each is killed and must be back; a guest must live through what becomes of its operator.
import { ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { apiClient } from '../start/api.mjs';
import { PROJECT } from './folders.mjs';
import { pickPort } from './ports.mjs';
import { controls } from './prove-host-install.mjs';
import { qemuOf, waitFor } from './prove-vm.mjs';
import { buildStandIn } from './stand-ins.mjs';

/** The container that plays the machine. */
export const SUPERVISED = { name: `${PROJECT}-supervised`, image: `vman-supervised:${PROJECT}` };
const { name: NAME, image: IMAGE } = SUPERVISED;
const SERVICES = ['intel', 'observer', 'operator'];
const BARE = { memoryMiB: 32, disks: [{ sizeGiB: 1 }], nics: [] };

export async function proveSupervisor({ stack, engine, cleanUps, timed }) {
  await step('image of a machine with supervisord', () => buildStandIn(engine, 'supervised', IMAGE));
  cleanUps.push(() => stack.docker(['image', 'rm', IMAGE]));
  await stack.compose.run(['stop', ...SERVICES]);
  await startMachine(stack);
  cleanUps.push(() => stack.docker(['rm', '--force', NAME]));
  const inside = (...command) => stack.docker(['exec', NAME, ...command]);
  const ports = await timed('supervisorInstall', () =>
    step('install-host.sh, all three services', () => install(inside)),
  );
  const api = apiClient(`http://127.0.0.1:${ports.intel}/v1`, stack.token);
  const id = await step('a guest runs', async () => {
    const body = { ...BARE, name: 'supervised' };
    const { vm } = await waitFor('a host with room', () => api.post('/vms', body).catch(() => undefined));
    await waitFor('it runs', async () => (await api.get(`/vms/${vm.id}`)).status.state === 'running');
    return vm.id;
  });
  const guest = qemuOf(id);
  for (const service of SERVICES)
    await step(`vman-${service}: killed, and there again`, async (note) => {
      const before = await pidOf(inside, service);
      await inside('kill', '-KILL', before);
      const after = await waitFor('another process', async () => {
        const now = await pidOf(inside, service);
        return now !== before && now !== '0' && now;
      });
      await ready(ports[service]);
      note(`${before} -> ${after}`);
    });
  await step('the operator is restarted', () => inside('supervisorctl', 'restart', 'vman-operator'));
  await ready(ports.operator);
  await step('the guest stayed, and obeys', async (note) => {
    if (qemuOf(id) !== guest) throw new Error(`QEMU was ${guest} and is ${qemuOf(id)}`);
    await controls(api, id);
    note(`QEMU ${guest}`);
  });
  await step('a setting that is refused is not tried again', async (note) => {
    await inside('sh', '-c', 'echo VMAN_OBSERVER_INTERVAL=never >> /etc/vman/observer.env');
    await inside('supervisorctl', 'restart', 'vman-observer').catch(() => undefined);
    note((await waitFor('its end', () => endOf(inside))).trim());
  });
  await step('the VM is deleted', async () => {
    await api.delete(`/vms/${id}`);
    await waitFor('the end of its QEMU', () => qemuOf(id) === undefined);
  });
}

async function startMachine(stack) {
  const { SECRETS_FOLDER } = stack.settings;
  await stack.docker([
    ...['run', '--detach', '--name', NAME, '--network', 'host'],
    ...['--add-host', `postgres:${await stack.addressOf('postgres')}`],
    ...['--add-host', `nats:${await stack.addressOf('nats')}`],
    ...['--cap-add', 'NET_ADMIN', '--tmpfs', '/tmp', '--volume', `${ROOT}:/src:ro`],
    ...['--volume', `${SECRETS_FOLDER}/nats-token:/nats-token:ro`],
    ...['--volume', `${SECRETS_FOLDER}/database-url:/database-url:ro`],
    IMAGE,
  ]);
}

/** Gives the ports of the services: the usual ones may be somebody's on this machine. */
async function install(inside) {
  const words = ['--yes', '--no-start', '--services', SERVICES.join(','), '--nats-url', 'nats://nats:4222'];
  const files = ['--nats-token-file', '/nats-token', '--database-url-file', '/database-url'];
  await inside('/src/deploy/install-host.sh', ...words, ...files);
  const ports = {};
  for (const [at, service] of SERVICES.entries()) {
    ports[service] = await pickPort(17_400 + at);
    const line = `VMAN_${service.toUpperCase()}_PORT=${ports[service]}`;
    await inside('sh', '-c', `echo ${line} >> /etc/vman/${service}.env`);
  }
  await inside('sh', '-c', 'echo VMAN_QEMU_ACCEL=tcg >> /etc/vman/operator.env');
  await inside('cp', '/src/deploy/supervisor/vman.conf', '/etc/supervisor/conf.d/');
  await inside('supervisorctl', 'update');
  for (const service of SERVICES) await ready(ports[service]);
  return ports;
}

const ready = (port) =>
  waitFor(`an answer on port ${port}`, () =>
    fetch(`http://127.0.0.1:${port}/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );

const pidOf = async (inside, service) =>
  (await inside('supervisorctl', 'pid', `vman-${service}`).catch(() => '0')).trim();

async function endOf(inside) {
  const state = await inside('supervisorctl', 'status', 'vman-observer').catch((error) => error.output);
  return /EXITED/.test(state) && state;
}
