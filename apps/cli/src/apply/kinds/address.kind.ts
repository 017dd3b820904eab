import { type Address, type ReserveAddress, reserveAddressFields } from '#libs/client';
import { planFields } from '../plan-fields.js';
import { ifThere } from './if-there.js';
import { done, type Kind } from './kind.js';

export const addressKind: Kind<Address> = {
  fields: reserveAddressFields,
  required: ['network', 'address'],
  name: ({ address }) => String(address),
  find: async (client, { network, address }) => {
    // A network of the same file may not be there yet.
    const there = await ifThere(client.networks.get(String(network)));
    if (!there) return undefined;
    for await (const item of client.addresses.all({ network: there.id, limit: 1000 })) {
      if (item.address === address && item.state !== 'resting') return client.addresses.get(item.id);
    }
    return undefined;
  },
  plan: (fields, present) =>
    present
      ? planFields(fields, { project: present.project, note: present.note }, [])
      : { kind: 'create', body: fields },
  create: async (at, body) => {
    const made = await at.client.addresses.reserve(body as unknown as ReserveAddress);
    await done(at, made.state, made);
  },
  change: async () => {},
  remove: async (at, { id, address }) => {
    await at.client.addresses.release(id);
    await done(at, 'released', { address, released: true });
  },
};
