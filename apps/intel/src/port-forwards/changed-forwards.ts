/** One port forward more or less, as the patch of its VM. Pure. */
import type { NicPatch, PatchVmInput, PortForwardInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { VmParts } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';

export function withForward(
  parts: VmParts,
  nicId: string | undefined,
  forward: PortForwardInput,
): PatchVmInput {
  const nic = parts.nics.find((it) => (nicId == null ? it.kind === 'user' : it.id === nicId));
  if (nic?.kind !== 'user') {
    const message = nic ? 'only a NIC in the user network has port forwards' : 'the VM has no such NIC';
    throw invalidInput([{ field: nicId == null ? 'vm' : 'nic', code: 'invalid', message }]);
  }
  return { nics: nicsWith(parts, nic.id, [...forwardsOf(parts, nic.id), forward]) };
}

export function withoutForward(parts: VmParts, forwardId: string): PatchVmInput {
  const forward = parts.forwards.find((it) => it.id === forwardId);
  if (!forward) throw new VmanError('not_found', 'The port forward is being removed already.');
  return { nics: nicsWith(parts, forward.nicId, forwardsOf(parts, forward.nicId, forwardId)) };
}

const forwardsOf = (parts: VmParts, nicId: string, without = ''): PortForwardInput[] =>
  parts.forwards
    .filter((it) => it.nicId === nicId && it.id !== without)
    .map(({ guestPort, hostPort, hostAddress, protocol }) => ({
      guestPort,
      hostPort,
      hostAddress,
      protocol,
    }));

const nicsWith = (parts: VmParts, nicId: string, portForwards: PortForwardInput[]): NicPatch[] =>
  parts.nics.map((it) => (it.id === nicId ? { id: it.id, portForwards } : { id: it.id }));
