/**
 * Is it the host that its id stands for? A host is one machine with one state folder. Whoever is heard under its id
 * first is it; another one needs an administrator's word. Pure.
 */
import type { HostIdentity } from '#libs/contracts';
import { TIMERS } from '../timers.js';

export interface KnownIdentity {
  /** Null before it was heard first. */
  machineId: string | null;
  incarnation: string | null;
  bootId: string;
  silentMs: number | undefined;
}

export type IdentityVerdict =
  | { kind: 'admitted'; isNew: boolean }
  /** `lasting`: only an administrator's word helps; otherwise time may. */
  | { kind: 'refused'; reason: string; lasting: boolean };

export function judgeIdentity(known: KnownIdentity, told: HostIdentity): IdentityVerdict {
  if (known.incarnation === null) return { kind: 'admitted', isNew: true };
  const refused = (reason: string): IdentityVerdict => ({ kind: 'refused', reason, lasting: true });
  if (known.machineId && told.machineId && told.machineId !== known.machineId) {
    return refused('another machine calls itself by the id of this host');
  }
  if (told.incarnation !== known.incarnation) {
    return refused('its state folder is not the one that this host had: it was installed anew, or copied');
  }
  // Two machines that run never have one boot id, and none is up again so soon.
  const heard = known.silentMs !== undefined && known.silentMs < TIMERS.hostSuspect;
  if (told.bootId !== known.bootId && heard) {
    const reason = 'a machine with the same identity was heard just now';
    return { kind: 'refused', reason, lasting: false };
  }
  return { kind: 'admitted', isNew: false };
}
