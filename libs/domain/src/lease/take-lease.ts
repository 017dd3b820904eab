/**
 * May a host take the lease of a VM? Time is only the taker's own monotonic clock, and all it measures is for how long
 * the record stayed as it was: no clock of another machine is believed. The holder has ended its QEMU long before.
 */
import { TIMERS } from '../timers.js';
import type { LeaseRecord } from './lease-record.js';

/** Since when the record of a term has been what it is. */
export interface LeaseWatch {
  term: number;
  text: string;
  sinceMs: number;
}

export type TakeDecision =
  /** It is this host's own. */
  | { kind: 'resume' }
  /** By making the record of this term, which succeeds for one host alone. */
  | { kind: 'take'; term: number }
  | { kind: 'wait'; forMs: number; holder: string }
  /** A host with a newer generation of the VM had it. */
  | { kind: 'refuse'; holder: string; generation: number };

/** Any change begins the watch anew. */
export function watchLease(
  before: LeaseWatch | undefined,
  seen: { term: number; text: string },
  nowMs: number,
): LeaseWatch {
  const same = before?.term === seen.term && before.text === seen.text;
  return same ? before : { ...seen, sinceMs: nowMs };
}

/** For how long a record must have stayed as it is. One that cannot be read may be any. */
const takeoverOf = (record: LeaseRecord | undefined): number =>
  TIMERS.leaseTakeover + (record?.restMs ?? TIMERS.leaseRest);

/** Whether the lease is surely over: it was given back, or its holder has stopped long ago. */
export function leaseIsOver(record: LeaseRecord | undefined, watch: LeaseWatch, nowMs: number): boolean {
  return (record !== undefined && record.state !== 'held') || nowMs - watch.sinceMs >= takeoverOf(record);
}

/** `record` undefined beside a watch: what lies there cannot be read, so only time tells. */
export function decideTake(
  seen: { record: LeaseRecord | undefined; watch: LeaseWatch } | undefined,
  self: { holder: string; generation: number },
  nowMs: number,
): TakeDecision {
  if (!seen) return { kind: 'take', term: 1 };
  const { record, watch } = seen;
  const holder = record?.holder ?? '';
  if (record?.state === 'held' && holder === self.holder) return { kind: 'resume' };
  if (record && record.generation > self.generation) {
    return { kind: 'refuse', holder, generation: record.generation };
  }
  if (leaseIsOver(record, watch, nowMs)) return { kind: 'take', term: watch.term + 1 };
  return { kind: 'wait', forMs: takeoverOf(record) - (nowMs - watch.sinceMs), holder };
}
