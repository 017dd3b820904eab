import { type PatchQuota, patchQuotaFields, type Quota } from '#libs/client';
import { ifThere } from './if-there.js';
import { done, type Kind, nameOf } from './kind.js';
import { planPresent } from './present-only.js';

/** Its name is that of its project; null takes a limit away. */
export const quotaKind: Kind<Quota> = {
  fields: ['name', ...patchQuotaFields],
  required: ['name'],
  name: nameOf,
  find: (client, fields) => ifThere(client.projects.quota(nameOf(fields))),
  // A project of the same file may not be there yet; then everything is still to be set.
  plan: ({ name, ...limits }, present) =>
    planPresent(limits, present ? { ...present.limits } : UNLIMITED, patchQuotaFields, ''),
  create: async () => {},
  change: async (at, _present, patch) =>
    done(at, 'changed', await at.client.projects.changeQuota(at.name, patch as PatchQuota)),
};

const UNLIMITED = Object.fromEntries(patchQuotaFields.map((field) => [field, null]));
