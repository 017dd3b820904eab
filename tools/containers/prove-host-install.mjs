// Job: deploy/install-host.sh on a machine with systemd. How: a container with systemd as process 1 plays the host; the
// operator is installed there under its hardened unit and joins the composed control plane. A guest must live through
// restart and kill of the service and through a second installation, and hold up the uninstallation.
import { ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { waitForGuest } from '../start/hello.mjs';
import { PROJECT } from './folders.mjs';
import { pickPort } from './ports.mjs';
import { qemuOf, waitFor } from './prove-vm.mjs';
import { buildStandIn } from './stand-ins.mjs';

/** The container that plays the host. */
export const HOST = { name: `${PROJECT}-host`, image: `vman-host:${PROJECT}` };
const { name: NAME, image: IMAGE } = HOST;
const UNIT = 'vman-operator.service';

export async function proveHostInstall({ stack, engine, cleanUps, timed }) {
  const { api } = stack;
  await step('image of a host with systemd', () => buildStandIn(engine, 'host', IMAGE));
  cleanUps.push(() => stack.docker(['image', 'rm', IMAGE]));
  // its forwarded ports are wanted by the other host
  await stack.compose.run(['stop', 'operator']);
  await startHost(stack);
  cleanUps.push(() => stack.docker(['rm', '--force', NAME]));
  const inside = (...command) => stack.docker(['exec', NAME, ...command]);
  await step('systemd is up', () => waitFor('systemd', () => isUp(inside)));
  // The usual one may be somebody's on this machine.
  const port = `VMAN_OPERATOR_PORT=${await pickPort(17_410)}`;
  const settings = '/etc/vman/operator.env';
  await inside('install', '-D', '--mode=644', '/src/deploy/systemd/env/operator.env', settings);
  await inside('sh', '-c', `echo ${port} >> ${settings}`);
  const install = [
    '/src/deploy/install-host.sh',
    '--yes',
    '--nats-url',
    `nats://${await stack.addressOf('nats')}:4222`,
  ];
  await timed('hostInstall', () =>
    step('install-host.sh', () => inside(...install, '--nats-token-file', '/nats-token')),
  );
  const id = await timed('hostInstallGuest', () => step('a guest there answers', () => bootGuest(api)));
  const pid = qemuOf(id);
  const stays = async (what, work) =>
    step(what, async (note) => {
      await work();
      await controls(api, id);
      if (qemuOf(id) !== pid) throw new Error(`QEMU was ${pid} and is ${qemuOf(id)}`);
      note(`QEMU ${pid} stays`);
    });
  await stays('systemctl restart', () => inside('systemctl', 'restart', UNIT));
  await stays('kill -9 of the service', () =>
    inside('systemctl', 'kill', '--signal=KILL', '--kill-who=main', UNIT),
  );
  await step('its watchdog is made faster', async () => {
    const dropIn = `/run/systemd/system/${UNIT}.d`;
    await inside('mkdir', '-p', dropIn);
    await inside('sh', '-c', `printf '[Service]\\nWatchdogSec=6\\n' > ${dropIn}/fast.conf`);
    await inside('systemctl', 'daemon-reload');
  });
  await stays('a unit with a watchdog', () => inside('systemctl', 'restart', UNIT));
  await stays('a frozen service', async () => {
    const before = await inside('systemctl', 'show', UNIT, '--property=MainPID');
    await inside('systemctl', 'kill', '--signal=STOP', '--kill-who=main', UNIT);
    await waitFor('another process', async () => {
      const now = await inside('systemctl', 'show', UNIT, '--property=MainPID,ActiveState');
      return now.includes('ActiveState=active') && !now.includes(before.trim());
    });
  });
  await timed('hostInstallAgain', () => stays('install-host.sh again', () => inside(...install)));
  await step('uninstalling is refused while the guest runs', () => refused(inside));
  await step('uninstall after the VM was deleted', () => uninstall(api, id, inside));
}

async function startHost(stack) {
  const intel = await stack.addressOf('intel');
  await stack.docker([
    ...['run', '--detach', '--name', NAME, '--network', 'host', '--add-host', `intel:${intel}`],
    // systemd mounts and makes cgroups; all else of the machine stays closed to it
    ...[
      '--cap-add',
      'SYS_ADMIN',
      '--security-opt',
      'seccomp=unconfined',
      '--security-opt',
      'apparmor=unconfined',
    ],
    ...['--cgroupns', 'host', '--volume', '/sys/fs/cgroup:/sys/fs/cgroup'],
    ...['--tmpfs', '/run', '--tmpfs', '/run/lock', '--tmpfs', '/tmp'],
    ...[
      '--volume',
      `${ROOT}:/src:ro`,
      '--volume',
      `${stack.settings.SECRETS_FOLDER}/nats-token:/nats-token:ro`,
    ],
    IMAGE,
  ]);
}

async function isUp(inside) {
  const state = await inside('systemctl', 'is-system-running').catch((error) => error.output);
  return /^(running|degraded)/.test(state);
}

async function bootGuest(api) {
  const nics = [{ kind: 'user', portForwards: [{ protocol: 'tcp', guestPort: 80 }] }];
  const body = { name: 'on-host', template: 'demo', vcpus: 1, memoryMiB: 256, nics };
  const { vm } = await waitFor('a host with room', () => api.post('/vms', body).catch(() => undefined));
  await waitForGuest(api, vm.id);
  return vm.id;
}

/** Only who holds its monitor can pause a guest and let it go on. */
export async function controls(api, id) {
  for (const [verb, state] of [
    ['pause', 'paused'],
    ['resume', 'running'],
  ]) {
    await api.post(`/vms/${id}/${verb}`);
    await waitFor(`the VM to be ${state}`, async () => (await api.get(`/vms/${id}`)).status.state === state);
  }
}

async function refused(inside) {
  const error = await inside('/src/deploy/install-host.sh', '--uninstall').then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!error?.message.includes('guests run on this host'))
    throw new Error(`it was not refused: ${error?.message}`);
}

async function uninstall(api, id, inside) {
  await api.delete(`/vms/${id}`);
  await waitFor('the end of its QEMU', () => qemuOf(id) === undefined);
  await inside('/src/deploy/install-host.sh', '--uninstall', '--purge');
  const left = await inside('find', '/opt/vman', '/etc/vman', '/var/lib/vman', '/run/vman').catch(() => '');
  if (left) throw new Error(`left behind: ${left}`);
}
