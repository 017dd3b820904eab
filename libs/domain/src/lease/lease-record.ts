/**
 * The lease of a VM on its shared pool, as text. Each term has a record of its own, made once and by one host alone;
 * its holder writes the counter anew in place. So a write that comes late lands in a term that is over, and changes
 * nothing. The text always has the same length: a renewal needs no room on a storage that is full.
 */
export interface LeaseRecord {
  vmId: string;
  /** Raised by each host that takes the lease. */
  term: number;
  /** `<host id>/<boot id>`: after a reboot a host is somebody else. */
  holder: string;
  /** The newest generation of the VM that its holder knew. */
  generation: number;
  /** Raised by each renewal. */
  counter: number;
  /** Its holder's agent is being restarted: for so much longer than usual nobody takes it. 0 otherwise. */
  restMs: number;
  /** `free`: given back, nothing of the VM runs under it; `off`: the VM has no failover any more. */
  state: 'held' | 'free' | 'off';
}

const TEXT_LENGTH = 512;

export function leaseText(record: LeaseRecord): string {
  return `${JSON.stringify(record).padEnd(TEXT_LENGTH - 1)}\n`;
}

/** Undefined for what is no whole record: a write that was cut off. */
export function readLease(text: string): LeaseRecord | undefined {
  if (text.length !== TEXT_LENGTH) return undefined;
  try {
    const record = JSON.parse(text) as Partial<LeaseRecord>;
    return typeof record.holder === 'string' && typeof record.term === 'number'
      ? (record as LeaseRecord)
      : undefined;
  } catch {
    return undefined;
  }
}

export const holderOf = (hostId: string, bootId: string): string => `${hostId}/${bootId}`;
export const hostOfHolder = (holder: string): string => holder.split('/')[0] ?? '';
