// Job: all three services under the units that deploy/install-host.sh installs, as they are, beside a real Postgres and
// nats-server: they come up, a VM on a managed network runs, and each of them is restarted and killed under it.
// And each health indicator shows what is taken away.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { controls } from '../../containers/prove-host-install.mjs';
import { qemuOf, waitFor } from '../../containers/prove-vm.mjs';
import { ROOT } from '../../provision/paths.mjs';
import { startPostgres } from '../../provision/postgres.mjs';
import { step } from '../../provision/progress.mjs';
import { run } from '../../provision/run.mjs';
import { apiClient } from '../../start/api.mjs';
import { allAreUp, shows } from './healths.mjs';

const { startNats } = await import(join(ROOT, 'dist/libs/testing/src/index.js'));
const PORTS = { intel: 7400, observer: 7402, operator: 7401 };
const SERVICES = Object.keys(PORTS);
const DATABASE = '/var/lib/trio-postgres';
const QEMU = '/usr/bin/qemu-system-x86_64';
const IMAGES = '/var/lib/vman-intel/images';
const SECRETS = '/etc/vman/secrets';
const STORAGE = '/var/lib/vman';
const ROOMY = '8G';
const STATES = [STORAGE, '/var/lib/vman-intel'];

export async function proveTrio() {
  const nats = await startNats();
  let postgres = await startPostgres({ dataDir: DATABASE });
  const database = {
    url: postgres.url,
    stop: () => postgres.stop(),
    start: async () => {
      postgres = await startPostgres({ dataDir: DATABASE, port: postgres.port });
    },
  };
  try {
    await prove(nats, database);
  } finally {
    await run('systemctl', ['stop', ...SERVICES.map(unitOf)]);
    await postgres.stop();
    await nats.remove();
  }
}

async function prove(nats, database) {
  await step('all three units, as they are', async (note) => {
    await install(nats.url, database.url);
    for (const service of SERVICES) {
      await run('systemctl', ['start', unitOf(service)]);
      await ready(service);
    }
    note('intel, observer and operator are ready');
  });
  const api = apiClient(
    `http://127.0.0.1:${PORTS.intel}/v1`,
    readFileSync('/var/lib/vman-intel/first-token', 'utf8').trim(),
  );
  const id = await step('a VM on a managed network runs', async (note) => {
    await api.post('/networks', { name: 'lan', kind: 'managed', cidr: '10.78.0.0/24' });
    const body = { name: 'installed', memoryMiB: 32, disks: [{ sizeGiB: 1 }], nics: [{ network: 'lan' }] };
    const { vm } = await waitFor('a host with room', () => api.post('/vms', body).catch(() => undefined));
    await waitFor('it runs', async () => (await api.get(`/vms/${vm.id}`)).status.state === 'running');
    note(`QEMU ${qemuOf(vm.id)}`);
    return vm.id;
  });
  const guest = qemuOf(id);
  for (const service of SERVICES)
    await step(`vman-${service}: restarted, then killed`, async (note) => {
      for (const words of [['restart'], ['kill', '--signal=KILL', '--kill-who=main']]) {
        const before = await mainPid(service);
        await run('systemctl', [...words, unitOf(service)]);
        await waitFor('another process', async () => ![before, '0'].includes(await mainPid(service)));
        await ready(service);
      }
      await waitFor('the VM to obey', () =>
        controls(api, id).then(
          () => true,
          () => false,
        ),
      );
      assert.equal(qemuOf(id), guest);
      note(`QEMU ${guest} stays and obeys`);
    });
  await allAreUp(PORTS);
  for (const fault of faults(nats, database)) await shows(PORTS, fault);
  assert.equal(qemuOf(id), guest);
  await step('the VM is deleted', async () => {
    await api.delete(`/vms/${id}`);
    await waitFor('the end of its QEMU', () => qemuOf(id) === undefined);
  });
}

/** What the services look at, taken away; the guest does not notice. */
const faults = (nats, database) => [
  {
    what: 'the bus is away',
    shown: [
      ['intel', 'bus', 'degraded'],
      ['observer', 'bus', 'down'],
      ['observer', 'desired-state', 'down'],
      ['operator', 'bus', 'down'],
    ],
    notReady: ['observer', 'operator'],
    take: () => nats.stop(),
    give: () => nats.start(),
  },
  {
    what: 'the database is away',
    shown: [
      ['intel', 'database', 'down'],
      ['intel', 'migrations', 'down'],
    ],
    notReady: ['intel'],
    take: database.stop,
    give: database.start,
  },
  {
    what: 'the image store is away',
    shown: [['intel', 'image-store', 'down']],
    notReady: ['intel'],
    take: () => rename(IMAGES, `${IMAGES}.away`),
    give: () => rename(`${IMAGES}.away`, IMAGES),
  },
  {
    what: 'the storage folder takes no files',
    shown: [['operator', 'storage', 'down']],
    notReady: ['operator'],
    take: () => chmod(`${STORAGE}/vms`, 0o500),
    give: () => chmod(`${STORAGE}/vms`, 0o700),
  },
  {
    what: 'disks are nearly full',
    shown: [
      ['intel', 'disk-space', 'degraded'],
      ['operator', 'disk-space', 'degraded'],
    ],
    notReady: [],
    take: () => resizeStates('256M'),
    give: () => resizeStates(ROOMY),
  },
  {
    what: 'QEMU is away',
    shown: [['operator', 'qemu', 'down']],
    notReady: ['operator'],
    take: () => rename(QEMU, `${QEMU}.away`),
    give: () => rename(`${QEMU}.away`, QEMU),
  },
  {
    what: 'the observer is away',
    shown: [
      ['intel', 'observer', 'degraded'],
      ['operator', 'observer', 'degraded'],
    ],
    notReady: [],
    gone: 'observer',
    take: () => run('systemctl', ['stop', unitOf('observer')]),
    give: () => run('systemctl', ['start', unitOf('observer')]),
  },
];

async function install(natsUrl, databaseUrl) {
  // of the operator that was here before, which was another host
  await run('systemctl', ['stop', unitOf('operator')]);
  rmSync(STORAGE, { recursive: true, force: true });
  for (const folder of STATES) {
    mkdirSync(folder, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${ROOMY}`, 'tmpfs', folder]);
  }
  mkdirSync(SECRETS, { recursive: true });
  writeFileSync(join(SECRETS, 'database-url'), databaseUrl, { mode: 0o640 });
  await run('chgrp', ['vman-intel', join(SECRETS, 'database-url')]);
  for (const name of ['common', ...SERVICES])
    cpSync(join(ROOT, `deploy/systemd/env/${name}.env`), `/etc/vman/${name}.env`);
  writeFileSync('/etc/vman/common.env', `VMAN_NATS_URL=${natsUrl}\n`);
  for (const service of SERVICES)
    cpSync(join(ROOT, 'deploy/systemd', unitOf(service)), `/etc/systemd/system/${unitOf(service)}`);
  await run('systemctl', ['daemon-reload']);
}

/** The file systems of the services' states; what nobody writes takes no memory. */
async function resizeStates(size) {
  for (const folder of STATES) await run('mount', ['-o', `remount,size=${size}`, folder]);
}

const unitOf = (service) => `vman-${service}.service`;

async function mainPid(service) {
  return (await run('systemctl', ['show', unitOf(service), '--property=MainPID', '--value'])).trim();
}

const ready = (service) =>
  waitFor(`${service} to be ready`, () =>
    fetch(`http://127.0.0.1:${PORTS[service]}/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
