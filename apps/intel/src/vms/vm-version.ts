import type { VmView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findVm } from './find-vm.js';
import { vmView } from './vm-view.js';

/** Each change of a VM raises its generation. */
export const vmVersion: Version<VmView> = {
  noun: 'vm',
  read: async (tx, caller, id) => {
    const seen = await findVm(tx, caller, id);
    return vmView(seen, await tx.parts.of(seen.vm.id));
  },
  rows: ({ id }) => [{ table: 'vms', id }],
  counts: ({ generation }) => generation,
};
