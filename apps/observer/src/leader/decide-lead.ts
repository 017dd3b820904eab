/**
 * Who leads. intel grants the lead for some seconds and counts its changes; a leader that cannot ask goes on, and a
 * standby takes over without a grant only when it can neither ask nor hear one that leads. So there may be two for a
 * moment, and that is harmless: what they send has the same names. Pure.
 */
import type { LeadReply } from '#libs/contracts';

export interface Lead {
  leads: boolean;
  /** Of the leader that was heard of last, this one included. */
  epoch: number;
  /** intel said so, the last time that it answered. */
  granted: boolean;
}

export const FOLLOWS: Lead = { leads: false, epoch: 0, granted: false };

/** A leader is gone that was not heard for so long: longer than the lease, shorter than hosts wait for a beacon. */
export const LEADER_SILENT_MS = 3_500;

export interface LeadFacts {
  /** undefined: intel did not answer. */
  answer: Pick<LeadReply, 'leads' | 'epoch'> | undefined;
  ownId: string;
  /** The other leader that was heard last. */
  other: { observerId: string; epoch: number; silentMs: number } | undefined;
  /** How long this observer is ready to lead. */
  readyMs: number;
}

export function decideLead(lead: Lead, { answer, ownId, other, readyMs }: LeadFacts): Lead {
  if (answer) return { leads: answer.leads, epoch: answer.epoch, granted: answer.leads };
  const heard = other && other.silentMs < LEADER_SILENT_MS ? other : undefined;
  const epoch = Math.max(lead.epoch, heard?.epoch ?? 0);
  if (lead.leads) {
    const goesFirst =
      heard !== undefined && goesBefore(heard, { observerId: ownId, epoch: lead.epoch }, lead);
    return goesFirst ? { leads: false, epoch, granted: false } : lead;
  }
  const free = heard === undefined && readyMs >= LEADER_SILENT_MS;
  return { leads: free, epoch, granted: false };
}

/** Of two that cannot ask, the later epoch goes on, then the one that was granted it, then the lower id. */
function goesBefore(
  a: { observerId: string; epoch: number },
  b: { observerId: string; epoch: number },
  { granted }: Lead,
): boolean {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch;
  return !granted && a.observerId < b.observerId;
}
