/**
 * What a comparison of the files in a pool with the rows of disks comes to. Nothing is done on one look: a file without
 * a row, and a row without its file, are noted, and acted on when a later look sees the same. A file is never destroyed
 * but out of quarantine, after its time. While not every host of a pool has answered, absence proves nothing, and a
 * file may be held by the one that is silent: then things are only noted.
 */
import type { DiskFile } from '#libs/contracts';
import type { DiskEntity, StrayDiskRow } from '../db-operator/index.js';

export type SweepAction =
  /** Seen, and no row knows it. */
  | { kind: 'sight'; file: DiskFile }
  | { kind: 'quarantine'; file: DiskFile }
  /** A row knows a file that lies in quarantine. */
  | { kind: 'return'; file: DiskFile }
  | { kind: 'purge'; file: DiskFile }
  /** Neither here nor there any more, or known again. */
  | { kind: 'forget'; diskId: string }
  /** Seen for the first time not to be there. */
  | { kind: 'miss'; diskId: string }
  /** Missed again: its row says so from now on. */
  | { kind: 'lose'; diskId: string }
  | { kind: 'find'; diskId: string };

export interface SweepFacts {
  poolId: string;
  /** As all hosts that answered see them; in place before aside. */
  files: readonly DiskFile[];
  /** Every host of the pool answered. */
  complete: boolean;
  rows: readonly Pick<
    DiskEntity,
    'id' | 'poolId' | 'vmId' | 'state' | 'made' | 'failureCode' | 'missingSince'
  >[];
  strays: readonly Pick<StrayDiskRow, 'diskId' | 'seenForMs' | 'quarantinedForMs' | 'busy'>[];
  quarantineAfterMs: number;
  /** 0: for ever. */
  keepMs: number;
}

export function decideSweep(facts: SweepFacts): SweepAction[] {
  const files = new Map<string, DiskFile>();
  for (const file of facts.files) {
    // One that is in its place tells more than what lies aside.
    if (files.get(file.diskId)?.quarantinedAtMs !== undefined || !files.has(file.diskId)) {
      files.set(file.diskId, file);
    }
  }
  return [
    ...[...files.values()].flatMap((file) => ofFile(facts, file)),
    ...facts.strays
      .filter((it) => facts.complete && !it.busy && !files.has(it.diskId))
      .map(({ diskId }): SweepAction => ({ kind: 'forget', diskId })),
    ...facts.rows.flatMap((row) => ofRow(facts, row, files.get(row.id))),
  ];
}

function ofFile({ rows, strays, complete, ...facts }: SweepFacts, file: DiskFile): SweepAction[] {
  const row = rows.find((it) => it.id === file.diskId);
  const stray = strays.find((it) => it.diskId === file.diskId);
  const inPlace = file.quarantinedAtMs === undefined;
  if (row && (inPlace || row.poolId !== facts.poolId)) {
    return stray && !stray.busy ? [{ kind: 'forget', diskId: file.diskId }] : [];
  }
  if (row)
    return stray?.busy
      ? []
      : [
          { kind: 'sight', file },
          { kind: 'return', file },
        ];
  if (file.held) return stray && !stray.busy ? [{ kind: 'forget', diskId: file.diskId }] : [];
  const sight: SweepAction = { kind: 'sight', file };
  if (!stray || stray.busy || !complete) return [sight];
  if (inPlace)
    return stray.seenForMs >= facts.quarantineAfterMs ? [sight, { kind: 'quarantine', file }] : [sight];
  const due = facts.keepMs > 0 && (stray.quarantinedForMs ?? 0) >= facts.keepMs;
  return due ? [sight, { kind: 'purge', file }] : [sight];
}

/** Of disks that no VM has; those of VMs are told by their hosts. */
function ofRow(
  { poolId, complete }: SweepFacts,
  row: SweepFacts['rows'][number],
  file: DiskFile | undefined,
): SweepAction[] {
  if (row.poolId !== poolId) return [];
  const inPlace = file !== undefined && file.quarantinedAtMs === undefined;
  const lost = row.state === 'failed' && row.failureCode === 'disk_missing';
  if (inPlace) return row.missingSince !== null || lost ? [{ kind: 'find', diskId: row.id }] : [];
  const mayBeMissed = complete && row.vmId === null && row.made && row.state === 'available';
  if (!mayBeMissed || file) return [];
  return [{ kind: row.missingSince === null ? 'miss' : 'lose', diskId: row.id }];
}
