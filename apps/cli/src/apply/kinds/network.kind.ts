import {
  type CreateNetwork,
  createNetworkFields,
  type Network,
  type PatchNetwork,
  patchNetworkFields,
} from '#libs/client';
import type { Fields } from '../plan.js';
import { planFields } from '../plan-fields.js';
import { ifThere } from './if-there.js';
import { done, type Kind, nameOf } from './kind.js';

export const networkKind: Kind<Network> = {
  fields: createNetworkFields,
  required: ['name', 'kind'],
  name: nameOf,
  find: (client, fields) => ifThere(client.networks.get(nameOf(fields))),
  plan: (fields, present) =>
    present ? planFields(fields, shown(present), patchNetworkFields) : { kind: 'create', body: fields },
  create: async (at, body) =>
    done(at, 'created', await at.client.networks.create(body as unknown as CreateNetwork)),
  change: async (at, { id }, patch) =>
    done(at, 'changed', await at.client.networks.change(id, patch as PatchNetwork)),
  remove: async (at, { id, name }) => {
    await at.client.networks.delete(id);
    await done(at, 'deleted', { network: name, deleted: true });
  },
};

/** What it does not have is none of its fields, and still differs from a file that has it. */
const shown = (network: Network): Fields => ({
  ...Object.fromEntries(createNetworkFields.map((field) => [field, undefined])),
  ...network,
});
