import { Inject, Injectable } from '@nestjs/common';
import { Bus } from '#libs/bus';
import { type LeaseSight, leasesReplyCodec, leasesRequestCodec, subjects } from '#libs/contracts';

/** A host reads each of them from its pool. */
const ANSWER_MS = 3_000;
/** An answer has to fit a message of the bus. */
const BATCH = 500;

export interface LeaseQuestion {
  hostId: string;
  vmId: string;
  poolId: string;
}

/** Asks hosts for leases in their pools; of a host that does not answer nothing is known. */
@Injectable()
export class AskLeases {
  constructor(@Inject(Bus) private readonly bus: Bus) {}

  /** By VM. */
  async execute(questions: LeaseQuestion[]): Promise<Map<string, LeaseSight>> {
    const byHost = new Map<string, LeaseQuestion[]>();
    for (const it of questions) byHost.set(it.hostId, [...(byHost.get(it.hostId) ?? []), it]);
    const batches = [...byHost].flatMap(([hostId, all]) =>
      Array.from({ length: Math.ceil(all.length / BATCH) }, (_, at) => ({
        hostId,
        leases: all.slice(at * BATCH, (at + 1) * BATCH).map(({ vmId, poolId }) => ({ vmId, poolId })),
      })),
    );
    const sights = await Promise.all(
      batches.map((request) =>
        this.bus
          .request(
            subjects.hostRpc(request.hostId, 'leases'),
            leasesRequestCodec,
            request,
            leasesReplyCodec,
            ANSWER_MS,
          )
          .then((reply) => reply.sights)
          .catch(() => []),
      ),
    );
    return new Map(sights.flat().map((it) => [it.vmId, it]));
  }
}
