import type { Heartbeat } from '#libs/contracts';

export interface KnownRevision {
  id: string;
  revStart: number;
  revSeq: number;
}

/**
 * The VMs that a host reported before and that its whole inventory lacks now: it lost what it was told of them, as by
 * a damaged state file. One that it never reported is still on its way to it. Pure.
 */
export function missingVms(beat: Pick<Heartbeat, 'complete' | 'vms'>, known: KnownRevision[]): string[] {
  if (!beat.complete) return [];
  const told = new Set(beat.vms.map((report) => report.vmId));
  return known.filter(({ id, revStart }) => revStart > 0 && !told.has(id)).map(({ id }) => id);
}
