import type { Nic } from '#libs/contracts';
import { type BridgedNic, bridgedNics } from '../network/network-names.js';
import { nameIn } from '../network/reservation.js';
import type { StepContext, StepHandler } from './step-handler.js';

/** Makes the network that a NIC is in, and writes down that the NIC is about to be in it. */
export const ensureNetwork: StepHandler<'ensure-network'> = {
  needed: () => true,
  async carryOut({ nicId }, context) {
    const nic = nicOf(context, nicId);
    if (nic) await context.host.networks.ensureNetwork(context.vm.vmId, nic);
  },
  undo: ({ nicId }, context) => takeBack(nicId, context),
};

/** Promises a NIC its addresses at the DHCP server of its network. */
export const reserveAddress: StepHandler<'reserve-address'> = {
  needed: ({ nicId }, context) => nicOf(context, nicId)?.kind === 'managed',
  async carryOut({ nicId }, context) {
    const { desired, host } = context;
    const nic = nicOf(context, nicId);
    if (nic) await host.networks.reserve(nic, nameIn(nic, desired));
  },
};

export const makeTap: StepHandler<'make-tap'> = {
  needed: () => true,
  async carryOut({ nicId }, context) {
    const nic = nicOf(context, nicId);
    if (nic) await context.host.networks.ensureTap(nic);
  },
};

/** Takes away all that was made for a NIC, and its network when it was the last in it. */
export const removeTap: StepHandler<'remove-tap'> = {
  needed: () => true,
  async carryOut({ nicId }, { host }) {
    await host.networks.removeNic(nicId);
  },
};

/** One that the machine has open stays. */
async function takeBack(nicId: Nic['nicId'], { host, vm }: StepContext): Promise<void> {
  if (vm.process?.record.shape.nics.some((it) => it.nicId === nicId)) return;
  await host.networks.removeNic(nicId);
}

function nicOf({ desired }: StepContext, nicId: string): BridgedNic | undefined {
  return bridgedNics(desired).find((it) => it.nicId === nicId);
}
