import { type PatchPool, type Pool, patchPoolFields } from '#libs/client';
import { ifThere } from './if-there.js';
import { done, type Kind, nameOf } from './kind.js';
import { planPresent } from './present-only.js';

export const poolKind: Kind<Pool> = {
  fields: ['name', ...patchPoolFields],
  required: ['name'],
  name: nameOf,
  find: (client, fields) => ifThere(client.pools.get(nameOf(fields))),
  plan: (fields, present) =>
    planPresent(fields, present && { ...present }, patchPoolFields, 'a setting of the hosts makes a pool'),
  create: async () => {},
  change: async (at, { id }, patch) =>
    done(at, 'changed', await at.client.pools.update(id, patch as PatchPool)),
};
