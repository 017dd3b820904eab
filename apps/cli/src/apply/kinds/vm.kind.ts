import {
  type CreateVm,
  createVmFields,
  type PatchVm,
  type Vm,
  type VmanClient,
  type VmChange,
} from '#libs/client';
import { followChange } from '../../progress/follow-change.js';
import type { Fields } from '../plan.js';
import { type Power, planVm } from '../plan-vm.js';
import { firstItem, ifThere } from './if-there.js';
import { type Kind, nameOf } from './kind.js';

export const vmKind: Kind<Vm> = {
  fields: createVmFields,
  required: ['name'],
  name: nameOf,
  find: async (client, { name, project }) => {
    if (project === undefined) return ifThere(client.vms.get(String(name)));
    const found = await firstItem(client.vms.all({ name: String(name), project: String(project) }));
    return found && ifThere(client.vms.get(found.id));
  },
  plan: (fields, present) => {
    const plan = planVm(fields as unknown as CreateVm, present);
    switch (plan.kind) {
      case 'create':
        return { kind: 'create', body: fields };
      case 'change':
        return { ...plan, patch: { spec: plan.patch, power: plan.power } satisfies Parts as Fields };
      case 'same':
      case 'impossible':
        return plan;
    }
  },
  create: async ({ session, client, flags }, body) =>
    followChange(session, client, await client.vms.create(body as unknown as CreateVm), flags),
  change: async ({ session, client, flags }, vm, patch) => {
    const { spec, power } = patch as Parts;
    if (spec) await followChange(session, client, await client.vms.change(vm.id, spec), flags);
    if (!power) return;
    // Its own change has given it another ETag.
    const now = spec ? client.when(await client.vms.get(vm.id)) : client;
    await followChange(session, client, await switchPower(now, vm.id, power), flags);
  },
  remove: async ({ session, client, flags }, { id }) =>
    followChange(session, client, await client.vms.delete(id), flags),
};

/** What is patched and what is switched are two requests. */
interface Parts {
  spec?: PatchVm;
  power?: Power;
}

function switchPower(client: VmanClient, id: string, power: Power): Promise<VmChange> {
  switch (power) {
    case 'start':
      return client.vms.start(id);
    case 'shutdown':
      return client.vms.shutdown(id);
    case 'resume':
      return client.vms.resume(id);
  }
}
