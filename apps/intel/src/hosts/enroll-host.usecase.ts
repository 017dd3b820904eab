/**
 * A new host's credentials on the bus: it may use its own subjects and durable consumers, and nothing else. They are
 * made here and kept nowhere; the server knows them by the signature of the account.
 */
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { mintHostCredentials } from '#libs/bus';
import type { EnrolledHostView, EnrollHostInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { invalidInput } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { audit } from '../operations/index.js';
import { findHost } from './find-host.js';

@Injectable()
export class EnrollHost {
  constructor(@Inject(INTEL_CONFIG) private readonly config: IntelConfig) {}

  async execute(tx: Tx, caller: Caller, input: EnrollHostInput): Promise<EnrolledHostView> {
    const { busAccountSeed } = this.config;
    if (!busAccountSeed) {
      throw new VmanError(
        'unsupported',
        'This control plane has no key to sign credentials of the bus with.',
        {
          hint: 'Make one with `npm run bus:init`, and give its account seed to intel as VMAN_BUS_ACCOUNT_SEED.',
        },
      );
    }
    const expiresAtMs = input.expiresAt == null ? undefined : Date.parse(input.expiresAt);
    if (expiresAtMs !== undefined && expiresAtMs <= Date.now()) {
      throw invalidInput([{ field: 'expiresAt', code: 'past', message: 'must be in the future' }]);
    }
    const hostId = input.renew ? (await findHost(tx, input.name)).host.id : uuidv7();
    const minted = await mintHostCredentials(busAccountSeed, hostId, expiresAtMs);
    await audit(tx, caller, 'host.enroll', { kind: 'host', id: hostId, project: null }, null);
    return { hostId, ...minted };
  }
}
