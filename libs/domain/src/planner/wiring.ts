import type { DesiredVm } from '#libs/contracts';
import type { ActualProcess, ActualVm } from './actual-vm.js';
import { hotChanges } from './hot-changes.js';
import type { Step } from './steps.js';

/** NICs on a bridge that lack something outside of the machine: a network, a reservation, a tap. */
export function wire(desired: DesiredVm, { wires = [] }: Pick<ActualVm, 'wires'>): Step[] {
  return desired.nics
    .filter((nic) => nic.kind !== 'user')
    .filter(({ nicId }) => !wires.some((it) => it.nicId === nicId && it.current))
    .flatMap(({ nicId }) => [
      { step: 'ensure-network', nicId },
      { step: 'reserve-address', nicId },
      { step: 'make-tap', nicId },
    ]);
}

/** What is left of NICs that nobody wants on a bridge any more, once the machine has let go of them. */
export function unwire(desired: DesiredVm, actual: ActualVm): Step[] {
  const wanted = desired.nics.filter((nic) => nic.kind !== 'user').map((nic) => nic.nicId);
  const held = actual.process ? heldTaps(desired, actual.process, actual.disks) : [];
  return (actual.wires ?? [])
    .filter(({ nicId }) => !wanted.includes(nicId) && !held.includes(nicId))
    .map(({ nicId }) => ({ step: 'remove-tap', nicId }));
}

/** Taps that the machine has open and keeps. One that lacks its NIC gets it again, of the kind that is wanted now. */
function heldTaps(desired: DesiredVm, process: ActualProcess, disks: ActualVm['disks']): string[] {
  const detached = hotChanges(desired, process, disks).detach.flatMap((it) =>
    it.step === 'detach-nic' ? it.nicId : [],
  );
  return process.shape.nics
    .filter((nic) => nic.kind !== 'user')
    .filter(({ nicId }) => !detached.includes(nicId) && !process.missing.includes(nicId))
    .map((nic) => nic.nicId);
}
