import type { Vm, VmanClient, VmChange } from '#libs/client';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import type { Session } from '../session.js';
import type { Power, VmPlan } from './plan-vm.js';

/** A plan with what it was made from. */
export interface Planned {
  name: string;
  plan: VmPlan;
  present?: { vm: Vm; etag?: string };
}

/** Does what was shown, and only on the VM that was shown: one that changed meanwhile is refused by its ETag. */
export async function carryOut(
  session: Session,
  client: VmanClient,
  { plan, present }: Planned,
  flags: WaitFlags,
): Promise<void> {
  switch (plan.kind) {
    case 'same':
    case 'impossible':
      return;
    case 'create':
      return followChange(session, client, await client.vms.create(plan.body), flags);
    case 'change': {
      if (!present) return;
      const { id } = present.vm;
      if (plan.patch) {
        const change = await client.vms.change(id, plan.patch, { ifMatch: present.etag });
        await followChange(session, client, change, flags);
      }
      if (plan.power) await followChange(session, client, await switchPower(client, id, plan.power), flags);
    }
  }
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
