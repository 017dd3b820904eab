import type { LeaseRecord } from '#libs/domain';
import { leaseText } from '#libs/domain';

/** The records of a shared pool, with what the file system promises: a term is made for one caller alone. */
export class SharedStorage {
  private readonly terms = new Map<string, Map<number, string>>();

  readNewest(vmId: string): { term: number; text: string } | undefined {
    const all = this.of(vmId);
    const term = Math.max(0, ...all.keys());
    return term === 0 ? undefined : { term, text: all.get(term) ?? '' };
  }

  link(record: LeaseRecord): boolean {
    const all = this.of(record.vmId);
    if (all.has(record.term)) return false;
    all.set(record.term, leaseText(record));
    if (Math.max(...all.keys()) === record.term) return true;
    all.delete(record.term);
    return false;
  }

  write(record: LeaseRecord): boolean {
    const all = this.of(record.vmId);
    if (!all.has(record.term)) return false;
    all.set(record.term, leaseText(record));
    return Math.max(...all.keys()) === record.term;
  }

  private of(vmId: string): Map<number, string> {
    const all = this.terms.get(vmId) ?? new Map<number, string>();
    this.terms.set(vmId, all);
    return all;
  }
}
