import type { AddressView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { addressViews } from './address-view.js';
import { findAddress } from './release-address.usecase.js';

export const addressVersion: Version<AddressView> = {
  noun: 'address',
  read: async (tx, caller, id) => {
    const [view] = await addressViews(tx, [await findAddress(tx, caller, id)]);
    return view as AddressView;
  },
  rows: ({ id, vm }) => [...(vm ? [{ table: 'vms', id: vm.id } as const] : []), { table: 'addresses', id }],
  counts: ({ lastSeenAt, conflict, ...given }) => given,
};
