import type { Tx } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';
import { sendAction } from '../operations/index.js';

const DEADLINE_MS = 10 * 60_000;
const ACTIONS = {
  quarantine: { kind: 'disk.quarantine', action: 'quarantineDisk' },
  return: { kind: 'disk.return', action: 'returnDisk' },
  purge: { kind: 'disk.purge', action: 'purgeDisk' },
} as const;

/** Has a host move the file of a disk that no row knows, and notes that it is at it. */
export async function askHost(
  tx: Tx,
  actor: Actor,
  disk: { diskId: string; poolId: string; hostId: string; project?: string; name?: string },
  what: keyof typeof ACTIONS,
): Promise<string> {
  const { diskId, poolId, hostId, project = null, name = '' } = disk;
  const { kind, action } = ACTIONS[what];
  const operationId = await sendAction(
    tx,
    actor,
    { kind: 'disk', id: diskId, name, project, hostId },
    { kind, action: { $case: action, value: { diskId, poolId } }, deadlineInMs: DEADLINE_MS },
  );
  await tx.strayDisks.asked(diskId, operationId);
  return operationId;
}
