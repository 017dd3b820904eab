/**
 * A live question to a guest: no state changes hands and nothing is stored, so it goes straight to the host and its
 * answer straight back. Who asked for what is in the audit before the guest hears of it, without the contents. An
 * Idempotency-Key makes it happen at most once; since answers may hold secrets they are not kept, and a repetition is
 * refused.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Bus, NoReply } from '#libs/bus';
import {
  type GuestAnswer,
  type GuestAsk,
  guestReplyCodec,
  guestRequestCodec,
  subjects,
} from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { Database, type SeenVm, type Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { findVm } from '../vms/index.js';
import { expectAnswer } from './guest-answers.js';
import { auditVerb, type TimedAsk } from './guest-asks.js';

/** The host answers in the guest's time; this is for the way. */
const WAY_MS = 5_000;
const PART_MS = 10_000;

@Injectable()
export class AskGuest {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  /** Throws guest_agent_unavailable, guest_refused, deadline_exceeded, host_unreachable. */
  async execute(caller: Caller, idOrName: string, { ask, timeoutMs }: TimedAsk): Promise<GuestAnswer> {
    const verb = auditVerb(ask);
    const seen =
      verb === undefined
        ? await this.database.read((tx) => findVm(tx, caller, idOrName))
        : await this.database.transaction((tx) => this.writeDown(tx, caller, idOrName, verb));
    const answer = await this.send(seen, ask, timeoutMs);
    return answer.$case === 'part' ? this.wholeOf(seen, answer.value) : answer;
  }

  private async writeDown(tx: Tx, caller: Caller, idOrName: string, verb: string): Promise<SeenVm> {
    const { idempotency, tokenId } = caller;
    const seen = await findVm(tx, caller, idOrName);
    if (idempotency) {
      // Not the hash of the request: one of a password would be worth guessing.
      if (await tx.idempotency.claim(tokenId, idempotency.key, `${verb} ${seen.vm.id}`)) {
        throw new VmanError('conflict', 'A request with this Idempotency-Key was sent to the guest before.', {
          hint: 'Look at what it did; its answer is not kept.',
        });
      }
      await tx.idempotency.store(tokenId, idempotency.key, { status: 409, headers: {}, body: null });
    }
    const { name: actor, address, requestId } = caller;
    const row = { actor, tokenId, auth: 'token' as const, address, verb, requestId, operationId: null };
    await tx.audit.append({
      ...row,
      project: seen.vm.project,
      resourceKind: 'vm',
      resourceId: seen.vm.id,
    });
    return seen;
  }

  private async send({ vm, hostName }: SeenVm, ask: GuestAsk, timeoutMs: number): Promise<GuestAnswer> {
    const request = { hostId: vm.hostId, vmId: vm.id, timeoutMs, ask };
    const subject = subjects.hostRpc(vm.hostId, 'guest');
    try {
      const limit = timeoutMs + WAY_MS;
      return (await this.bus.request(subject, guestRequestCodec, request, guestReplyCodec, limit)).answer;
    } catch (cause) {
      if (!(cause instanceof NoReply)) throw cause;
      throw new VmanError('host_unreachable', `The host ${hostName} does not answer.`, { cause });
    }
  }

  private async wholeOf(seen: SeenVm, first: { answerId: string; totalBytes: number; bytes: Buffer }) {
    const pieces = [first.bytes];
    let offset = first.bytes.length;
    while (offset < first.totalBytes) {
      const ask: GuestAsk = { $case: 'nextPart', value: { answerId: first.answerId, offset } };
      const { bytes } = expectAnswer(await this.send(seen, ask, PART_MS), 'part');
      if (bytes.length === 0) throw new Error('a host answered an empty part');
      pieces.push(bytes);
      offset += bytes.length;
    }
    return guestReplyCodec.decode(Buffer.concat(pieces)).answer;
  }
}
