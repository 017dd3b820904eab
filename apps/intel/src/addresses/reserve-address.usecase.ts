import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ReserveAddressInput } from '#libs/contracts/http';
import { parseIp } from '#libs/domain';
import type { Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { findNetwork } from '../networks/index.js';
import { audit } from '../operations/index.js';
import { chooseProject } from '../projects/index.js';
import { askedFault, familiesOf, takeAddress } from './take-address.js';

/** Keeps an address by hand, for a VM of its project that will ask for it or for something that VMAN does not run. */
@Injectable()
export class ReserveAddress {
  constructor(@Inject(INTEL_CONFIG) private readonly config: IntelConfig) {}

  /** Gives the id of the address. */
  async execute(tx: Tx, caller: Caller, input: ReserveAddressInput): Promise<string> {
    const network = await findNetwork(tx, caller, input.network);
    const wanted = input.project ?? (network.project || undefined);
    const project = await chooseProject(tx, caller, wanted);
    const asked = input.address ?? undefined;
    const fault = asked === undefined ? undefined : askedFault(network, asked, 'address');
    if (fault) throw invalidInput([fault]);
    const family = asked === undefined ? familiesOf(network)[0] : parseIp(asked)?.family;
    if (network.kind === 'user' || !family) {
      throw invalidInput([{ field: 'network', code: 'invalid', message: 'has no addresses to reserve' }]);
    }
    await tx.networks.hold(network.id);
    const id = uuidv7();
    const source = network.dhcp ? 'dhcp' : 'static';
    const nobody = { vmId: null, nicId: null, note: input.note ?? '' };
    const taker = { id, networkId: network.id, project, family, source, ...nobody } as const;
    const { addressRest } = this.config;
    await takeAddress(tx, network, taker, asked, addressRest / 1000);
    await audit(tx, caller, 'address.reserve', { kind: 'address', id, project }, null);
    return id;
  }
}
