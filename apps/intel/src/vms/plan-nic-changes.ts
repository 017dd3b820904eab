import { v7 as uuidv7 } from 'uuid';
import type { NicPatch, PortForwardInput } from '#libs/contracts/http';
import { formatIp, parseIp } from '#libs/domain';
import type { FieldFault } from '#libs/errors';
import type { NicEntity, VmEntity, VmParts } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';
import type { NicNetworks } from './nic-networks.js';
import { newMac } from './plan-parts.js';

export interface NicChanges {
  insert: NicEntity[];
  /** Of each new one its place in the list that was asked for. */
  places: number[];
  leave: string[];
  /** The whole new list of each NIC that it changes for. */
  forwards: { nicId: string; wanted: PortForwardInput[] }[];
}

/**
 * What a new list of NICs means. With ids it is the whole list: an entry without one is a new NIC, a NIC that it
 * leaves out goes. Without any id the entries are the present NICs in their order, then new ones; then none may be
 * left out, since nobody could tell which. A present one keeps network, addresses and MAC for
 * life: to ask for others is a fault. Throws invalid_input. Pure, but for the new ids.
 */
export function planNicChanges(
  vm: VmEntity,
  parts: VmParts,
  wanted: NicPatch[],
  networks: NicNetworks = [],
): NicChanges {
  const byId = wanted.some((it) => it.id != null);
  if (!byId && wanted.length < parts.nics.length) {
    const message = `must have ${parts.nics.length} entries, one a nic, or name the ids of those that stay`;
    throw invalidInput([{ field: 'nics', code: 'length', message }]);
  }
  const faults: FieldFault[] = [];
  const changes: NicChanges = { insert: [], places: [], leave: [], forwards: [] };
  let position = Math.max(-1, ...[...parts.nics, ...parts.leavingNics].map((it) => it.position)) + 1;
  const seen = new Set<string>();
  for (const [index, input] of wanted.entries()) {
    const present = byId ? parts.nics.find((it) => it.id === input.id) : parts.nics[index];
    if (present) {
      if (seen.has(present.id)) {
        faults.push({ field: `nics[${index}].id`, code: 'duplicate', message: 'is in the list twice' });
      }
      seen.add(present.id);
      faults.push(...fixedFaults(present, parts, input, index));
      if (input.portForwards) changes.forwards.push({ nicId: present.id, wanted: input.portForwards });
      continue;
    }
    if (input.id != null) {
      faults.push({ field: `nics[${index}].id`, code: 'unknown', message: 'the VM has no such nic' });
      continue;
    }
    const nic: NicEntity = {
      id: uuidv7(),
      vmId: vm.id,
      position,
      kind: networks[index]?.kind ?? 'user',
      mac: input.mac?.toLowerCase() ?? newMac(),
      networkId: networks[index]?.id ?? null,
      presence: 'attached',
      presenceGeneration: vm.generation + 1,
    };
    position += 1;
    changes.insert.push(nic);
    changes.places.push(index);
    changes.forwards.push({ nicId: nic.id, wanted: input.portForwards ?? [] });
  }
  if (faults.length > 0) throw invalidInput(faults);
  changes.leave = parts.nics.filter((it) => !seen.has(it.id)).map((it) => it.id);
  return changes;
}

/** What a NIC cannot change into. What it has already is not a change. */
function fixedFaults(nic: NicEntity, parts: VmParts, input: NicPatch, index: number): FieldFault[] {
  const network = nic.networkId === null ? undefined : parts.networks.get(nic.networkId);
  const own = parts.addresses.filter((it) => it.nicId === nic.id).map((it) => it.address);
  const isOwn = (text: string) => {
    const ip = parseIp(text);
    return ip !== undefined && own.includes(formatIp(ip));
  };
  const same = {
    kind: input.kind == null || input.kind === nic.kind,
    network: input.network == null || [network?.id, network?.name ?? 'user'].includes(input.network),
    mac: input.mac == null || input.mac.toLowerCase() === nic.mac,
    addresses: (input.addresses ?? []).every(isOwn),
  };
  const message = 'a NIC keeps it for life: leave this NIC out and add a new one';
  const fixed = Object.entries(same).filter(([, isSame]) => !isSame);
  const faults = fixed.map(([field]) => ({ field: `nics[${index}].${field}`, code: 'fixed', message }));
  if (nic.kind !== 'user' && (input.portForwards ?? []).length > 0) {
    const why = 'only a NIC in the user network has port forwards';
    faults.push({ field: `nics[${index}].portForwards`, code: 'invalid', message: why });
  }
  return faults;
}
