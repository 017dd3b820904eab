import { Inject, Injectable, Logger } from '@nestjs/common';
import type { LeadReply, LeadRequest, OpenDrift, RepairPause } from '#libs/contracts';
import { Database, type DriftRow, type RepairPauseRow } from '../db-operator/index.js';

/** It is renewed each second; the next one takes over within a second of its end. */
const LEASE_MS = 3_000;
/** A reply has to fit a message of the bus. */
const DRIFTS_MAX = 2_000;

/**
 * Lets one observer lead. The answer carries what a leader has to heed, and what the one before left open: the
 * observer itself keeps nothing.
 */
@Injectable()
export class GrantLead {
  private readonly logger = new Logger(GrantLead.name);
  private leader = '';

  constructor(@Inject(Database) private readonly database: Database) {}

  async execute({ observerId, release, wantDrifts }: LeadRequest): Promise<LeadReply> {
    return this.database.read(async (tx) => {
      if (release) await tx.lead.release(observerId);
      const {
        epoch,
        leads,
        observerId: leaderId,
      } = release ? { epoch: 0, leads: false, observerId: '' } : await tx.lead.claim(observerId, LEASE_MS);
      if (leads && this.leader !== observerId) {
        this.leader = observerId;
        this.logger.log(`observer ${observerId} leads, epoch ${epoch}`);
      }
      const pauses = (await tx.repairPauses.inForce()).map(pauseOf);
      const drifts = leads && wantDrifts ? (await tx.drifts.open(DRIFTS_MAX)).map(openDriftOf) : [];
      return { leads, epoch, leaderId, leaseMs: LEASE_MS, pauses, drifts };
    });
  }
}

function pauseOf({ id, scope, scopeId, remainingMs }: RepairPauseRow): RepairPause {
  return { pauseId: id, scope, scopeId: scopeId ?? '', remainingMs: Math.max(0, Math.ceil(remainingMs)) };
}

function openDriftOf(row: DriftRow): OpenDrift {
  return {
    driftId: row.id,
    key: row.key,
    rule: row.rule,
    hostId: row.hostId,
    vmId: row.vmId ?? '',
    subject: row.subject,
    detectedAtMs: row.detectedAt.getTime(),
    repairId: row.repairId ?? '',
  };
}
