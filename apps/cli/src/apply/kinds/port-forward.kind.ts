import { type CreatePortForward, createPortForwardFields, type ListedPortForward } from '#libs/client';
import { followChange } from '../../progress/follow-change.js';
import { sameValue } from '../same-value.js';
import { ifThere } from './if-there.js';
import type { Kind } from './kind.js';

/** One that has all that the file says of it; anything else is another one. */
export const portForwardKind: Kind<ListedPortForward> = {
  fields: createPortForwardFields,
  required: ['vm', 'guestPort'],
  name: ({ vm, hostPort, guestPort, protocol = 'tcp' }) =>
    `${vm}/${hostPort ?? 'any'}->${guestPort}/${protocol}`,
  find: async (client, { vm: name, nic: nicId, ...ports }) => {
    const vm = await ifThere(client.vms.get(String(name)));
    if (!vm) return undefined;
    const wanted = { protocol: 'tcp', ...ports, ...(nicId !== undefined && { nicId }) };
    for await (const item of client.portForwards.all({ vm: vm.id, limit: 1000 })) {
      if (sameValue(wanted, item)) return client.portForwards.get(item.id);
    }
    return undefined;
  },
  plan: (fields, present) => (present ? { kind: 'same' } : { kind: 'create', body: fields }),
  create: async ({ session, client, flags }, body) =>
    followChange(
      session,
      client,
      await client.portForwards.create(body as unknown as CreatePortForward),
      flags,
    ),
  change: async () => {},
  remove: async ({ session, client, flags }, { id }) =>
    followChange(session, client, await client.portForwards.delete(id), flags),
};
