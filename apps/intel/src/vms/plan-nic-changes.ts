import { v7 as uuidv7 } from 'uuid';
import type { NicPatch, PortForwardInput } from '#libs/contracts/http';
import type { FieldFault } from '#libs/errors';
import type { NicEntity, VmEntity, VmParts } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';
import { newMac } from './plan-parts.js';

export interface NicChanges {
  insert: NicEntity[];
  leave: string[];
  /** The whole new list of each NIC that it changes for. */
  forwards: { nicId: string; wanted: PortForwardInput[] }[];
}

/**
 * What a new list of NICs means. With ids it is the whole list: an entry without one is a new NIC, a NIC that it
 * leaves out goes. Without any id the entries are the present NICs in their order, then new ones; then none may be
 * left out, since nobody could tell which. Throws invalid_input. Pure, but for the new ids.
 */
export function planNicChanges(vm: VmEntity, parts: VmParts, wanted: NicPatch[]): NicChanges {
  const byId = wanted.some((it) => it.id != null);
  if (!byId && wanted.length < parts.nics.length) {
    const message = `must have ${parts.nics.length} entries, one a nic, or name the ids of those that stay`;
    throw invalidInput([{ field: 'nics', code: 'length', message }]);
  }
  const faults: FieldFault[] = [];
  const changes: NicChanges = { insert: [], leave: [], forwards: [] };
  let position = Math.max(-1, ...[...parts.nics, ...parts.leavingNics].map((it) => it.position)) + 1;
  const seen = new Set<string>();
  for (const [index, input] of wanted.entries()) {
    const present = byId ? parts.nics.find((it) => it.id === input.id) : parts.nics[index];
    if (present) {
      if (seen.has(present.id)) {
        faults.push({ field: `nics[${index}].id`, code: 'duplicate', message: 'is in the list twice' });
      }
      seen.add(present.id);
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
      kind: 'user',
      mac: newMac(),
      presence: 'attached',
      presenceGeneration: vm.generation + 1,
    };
    position += 1;
    changes.insert.push(nic);
    changes.forwards.push({ nicId: nic.id, wanted: input.portForwards ?? [] });
  }
  if (faults.length > 0) throw invalidInput(faults);
  changes.leave = parts.nics.filter((it) => !seen.has(it.id)).map((it) => it.id);
  return changes;
}
