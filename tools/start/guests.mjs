import { startTimeOf } from '../provision/lock.mjs';
import { endProcesses, pause, processesWith } from './processes.mjs';

const GUEST_SECONDS = 15;
const FORCE_MS = 10_000;

/** The QEMU processes of this data folder, whatever the API thinks of them. */
export function guestProcesses(folders) {
  return processesWith(folders.storage).filter(({ commandLine }) => /^\S*qemu-system/.test(commandLine));
}

/**
 * Shuts the guests down through the API, as any user would, and ends by force what is left.
 * @param {(ids: string[]) => void} remember told first which VMs were to run
 */
export async function stopGuests({ api, folders, log, remember }) {
  try {
    const { items } = await api.get('/vms?limit=1000');
    const running = items.filter((vm) => vm.spec.desiredState !== 'stopped');
    if (running.length > 0) log(`shutting down the guests: ${running.map((vm) => vm.name).join(', ')}`);
    remember(running.map((vm) => vm.id));
    const body = { timeoutSeconds: GUEST_SECONDS, thenForce: true };
    await Promise.all(running.map((vm) => api.post(`/vms/${vm.id}/shutdown`, body)));
    const deadline = Date.now() + (GUEST_SECONDS + 10) * 1000;
    while (guestProcesses(folders).length > 0 && Date.now() < deadline) await pause(50);
  } catch (error) {
    log(`the guests could not be shut down through the API: ${error.message}`);
  }
  await endGuests(folders, log);
}

/** QEMU writes everything out when it is asked to end. */
export async function endGuests(folders, log) {
  const left = guestProcesses(folders).map(({ pid }) => pid);
  if (left.length === 0) return;
  log(`ending guests that still run: ${left.join(', ')}`);
  await endProcesses(left, FORCE_MS);
  const stuck = left.filter((pid) => startTimeOf(pid) !== undefined);
  if (stuck.length > 0) log(`these processes do not end: ${stuck.join(', ')}`);
}
