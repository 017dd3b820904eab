import {
  type CreateDisk,
  createDiskFields,
  type Disk,
  type DiskChange,
  type PatchDisk,
  patchDiskFields,
} from '#libs/client';
import { settleChange } from '../../resources/settle-change.js';
import type { Fields } from '../plan.js';
import { planFields } from '../plan-fields.js';
import { firstItem, ifThere } from './if-there.js';
import { type Kind, nameOf, type Workplace } from './kind.js';

const GIB = 1024 ** 3;

export const diskKind: Kind<Disk> = {
  fields: createDiskFields,
  required: ['name'],
  name: nameOf,
  find: async (client, { name, project }) => {
    const query = { name: String(name), project: project as string | undefined };
    const found = await firstItem(client.disks.all(query));
    return found && ifThere(client.disks.get(found.id));
  },
  plan: (fields, present) =>
    present ? planFields(fields, shown(present), patchDiskFields) : { kind: 'create', body: fields },
  create: async (at, body) => settle(at, await at.client.disks.create(body as unknown as CreateDisk)),
  change: async (at, { id }, patch) => settle(at, await at.client.disks.update(id, patch as PatchDisk), id),
  remove: async (at, { id }) => settle(at, await at.client.disks.delete(id), id),
};

function shown({ pool, host, template, sizeBytes, growingToBytes, ...disk }: Disk): Fields {
  const { project, labels, cache, discard, ioLimits } = disk;
  const refs = { pool: pool?.name, host: host?.name, template: template?.name };
  return { project, labels, cache, discard, ioLimits, ...refs, sizeGiB: (growingToBytes ?? sizeBytes) / GIB };
}

function settle({ session, client, flags, name }: Workplace, change: DiskChange, id = change.disk?.id ?? '') {
  const read = () => client.disks.get(id);
  return settleChange(session, client, { name, operation: change.operation, change, read }, flags);
}
