// Job: what a healthy day does not show is made to happen, so that its panels have data too: the database refuses, the
// bus is away, a message means nothing, QEMU is silent while something is asked of it. All of it is undone, but for the
// silent guest: what is asked of it must be open when it is looked at.
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { step } from '../provision/progress.mjs';
import { guestProcesses } from '../start/guests.mjs';
import { startNats } from '../start/start-nats.mjs';
import { ended, until } from './live-day.mjs';

const BARE = { memoryMiB: 32, disks: [{ sizeGiB: 1 }] };

/** @returns {Promise<{untie: () => Promise<void>, stopBus: () => Promise<void>}>} for the end, before and after the services' */
export async function badHour({ stack, prometheus, databaseUrl, bus, nats }) {
  const { api, folders } = stack;
  const seen = (what, expr) => until(what, async () => (await prometheus.query(expr)).length > 0);
  await step('a database that refuses, and what comes of it', async () => {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    try {
      await database.query('ALTER TABLE vms RENAME TO vms_away');
      await api.get('/vms').catch(() => undefined);
      process.kill(guestProcesses(folders)[0].pid, 'SIGKILL');
      await seen('a message that could not be handled', 'vman_bus_handler_failed_total > 0');
      await database.query('ALTER TABLE vms_away RENAME TO vms');
    } finally {
      await database.end();
    }
    await seen('the same message again', 'vman_bus_redelivered_total > 0');
  });
  await step('a message that means nothing', async () => {
    const [host] = (await api.get('/hosts')).items;
    const wire = await connect({ servers: bus.url, token: bus.token });
    wire.publish(`vman.hb.${host.id}`, 'nothing');
    await wire.drain();
    await seen('it is counted', 'vman_bus_malformed_total > 0');
  });
  const again = await step('a bus that is away', async () => {
    await bus.stop();
    await seen('heartbeats that nobody took', 'vman_bus_dropped_total > 0');
    return startNats({ binary: nats, folder: folders.bus, port: bus.port, token: bus.token });
  });
  await until('the host is heard again', async () => (await api.get('/hosts')).items[0].state === 'ready');
  const network = await step('a VM on a network, where its host makes one', (note) => wired(api, note));
  if (network) await seen('its traffic', 'vman_vm_network_bytes_total');
  await step('a guest whose QEMU is silent', async () => {
    const { vm } = await api.post('/vms', { ...BARE, name: 'silent', nics: [] });
    await until('it runs', async () => (await api.get(`/vms/${vm.id}`)).status.state === 'running');
    process.kill(processOf(folders, vm.id), 'SIGSTOP');
    await api.post(`/vms/${vm.id}/pause`);
    await seen('a question without an answer', 'vman_qmp_command_seconds_count{outcome="timeout"} > 0');
    await seen('an operation that is open', 'vman_operations_open');
  });
  return {
    untie: () => (network ? untie(api, network) : undefined),
    stopBus: () => again.stop(),
  };
}

/** @returns {Promise<{network: string, vm: string} | undefined>} */
async function wired(api, note) {
  const [host] = (await api.get('/hosts')).items;
  if (!host.networks?.managed) {
    note(`it cannot: ${host.networks?.reason}`);
    return undefined;
  }
  const network = await api.post('/networks', { name: 'wired', kind: 'managed', cidr: '10.211.7.0/24' });
  const { vm } = await api.post('/vms', { ...BARE, name: 'wired', nics: [{ network: 'wired' }] });
  await until('it runs', async () => (await api.get(`/vms/${vm.id}`)).status.state === 'running');
  return { network: network.id, vm: vm.id };
}

/** Its bridge goes with the last VM on it. */
async function untie(api, { network, vm }) {
  await ended(api, await api.delete(`/vms/${vm}`));
  await api.delete(`/networks/${network}`);
}

const processOf = (folders, id) =>
  guestProcesses(folders).find(({ commandLine }) => commandLine.includes(id)).pid;
