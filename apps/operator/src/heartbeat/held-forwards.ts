import type { DesiredVm, PortForward } from '#libs/contracts';
import type { ActualProcess } from '#libs/domain';

/**
 * The port forwards that are in force, by the ids that the desired state gives them: QEMU knows them by their ports
 * alone. Those of a NIC that QEMU does not forward for are the host's own matter and count as held. Pure.
 */
export function heldForwards(desired: DesiredVm, process: ActualProcess): string[] {
  const own = desired.nics.filter((nic) => nic.kind === 'user').flatMap((nic) => nic.forwards);
  const hosts = desired.nics.filter((nic) => nic.kind !== 'user').flatMap((nic) => nic.forwards);
  const wanted = own.filter((forward) => process.forwards.some((it) => same(it.forward, forward)));
  const extra = process.forwards.map((it) => it.forward).filter((held) => !own.some((it) => same(it, held)));
  return [...wanted, ...hosts].map((it) => it.forwardId).concat(extra.map(nameOf));
}

const nameOf = (it: PortForward): string =>
  `${it.protocol} ${it.hostAddress}:${it.hostPort} -> :${it.guestPort}`;
const same = (a: PortForward, b: PortForward): boolean => nameOf(a) === nameOf(b);
