import { type Host, type PatchHost, patchHostFields } from '#libs/client';
import { ifThere } from './if-there.js';
import { done, type Kind, nameOf } from './kind.js';
import { planPresent } from './present-only.js';

export const hostKind: Kind<Host> = {
  fields: ['name', ...patchHostFields],
  required: ['name'],
  name: nameOf,
  find: (client, fields) => ifThere(client.hosts.get(nameOf(fields))),
  plan: (fields, present) =>
    planPresent(
      fields,
      present && { ...present },
      patchHostFields,
      'its operator brings a host: vman host enroll',
    ),
  create: async () => {},
  change: async (at, { id }, patch) =>
    done(at, 'changed', await at.client.hosts.patch(id, patch as PatchHost)),
};
