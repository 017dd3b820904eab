import { Inject, Injectable } from '@nestjs/common';
import { Bus } from '#libs/bus';
import { type DesiredVm, desiredReplyCodec, desiredRequestCodec, subjects } from '#libs/contracts';
import type { StrayVmRow } from '../db-operator/index.js';

const ANSWER_MS = 5_000;

/** Asks a host what it was last told of a VM. */
@Injectable()
export class AskDesired {
  constructor(@Inject(Bus) private readonly bus: Bus) {}

  /** Undefined when the host knows nothing of it. Throws when it does not answer. */
  async execute({ hostId, vmId }: Pick<StrayVmRow, 'hostId' | 'vmId'>): Promise<DesiredVm | undefined> {
    const subject = subjects.hostRpc(hostId, 'desired');
    const question = [subject, desiredRequestCodec, { vmId }, desiredReplyCodec, ANSWER_MS] as const;
    const { desired } = await this.bus.request(...question);
    return desired?.vmId === vmId && desired.hostId === hostId ? desired : undefined;
  }
}
