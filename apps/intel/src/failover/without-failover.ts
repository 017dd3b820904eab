import type { PoolKind } from '#libs/contracts';

/** Why a VM that has no failover stays with its host; undefined: a disk in the host's own folder. Pure. */
export function withoutFailover(pools: ({ name: string; kind: PoolKind } | undefined)[]): string[] {
  const own = pools
    .filter((it) => it?.kind !== 'shared-dir')
    .map((it) => it?.name ?? 'the folder of its host');
  const why = 'it is not placed again: its failover is off';
  if (own.length === 0) return [why];
  return [why, `its disks could not follow: not on a shared pool, but in ${[...new Set(own)].join(', ')}`];
}
