import { Inject, Injectable, Logger } from '@nestjs/common';
import type { DriftEvent } from '#libs/contracts';
import { currentContext } from '#libs/logging';
import { Database, type Tx } from '../db-operator/index.js';

/**
 * Writes what the observer told of a drift. Of one key at most one drift is open: what another observer, or the same
 * after its start, tells of it goes on with that row. What is over stays over, and what is told late changes nothing.
 */
@Injectable()
export class ApplyDriftEvent {
  private readonly logger = new Logger(ApplyDriftEvent.name);

  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(event: DriftEvent): Promise<void> {
    await this.database.transaction((tx) => this.apply(tx, event));
  }

  private async apply(tx: Tx, event: DriftEvent): Promise<void> {
    await tx.drifts.hold(event.key);
    const known = await tx.drifts.find(event);
    if (known?.closedAt || (known && known.changedAt.getTime() > event.changedAtMs)) return;
    const owner = await this.ownerOf(tx, event);
    if (!owner) return;
    if (known) await tx.drifts.update(known.id, event);
    else await tx.drifts.insert(event, owner);
    if (known?.state === event.state) return;
    await tx.facts.tell({
      type: `drift.${event.state}`,
      project: owner.project,
      resourceKind: 'drift',
      resourceId: known?.id ?? event.driftId,
      resourceName: `${event.rule} ${owner.name}`.trim(),
      generation: event.generation || null,
      old: known ? known.seen : event.expected,
      new: event.seen,
      cause: 'observer',
      operationId: event.repairId || null,
      requestId: currentContext().requestId ?? event.driftId,
    });
  }

  /** undefined: there is no such drift, since this database knows what its host does not. */
  private async ownerOf(
    tx: Tx,
    event: DriftEvent,
  ): Promise<{ project: string | null; name: string } | undefined> {
    if (event.rule === 'orphan-disk' && (await tx.disks.get(event.subject))) {
      this.logger.debug({ diskId: event.subject }, 'a disk that no VM of its host holds has its row');
      return undefined;
    }
    if (event.vmId === '') return { project: null, name: '' };
    const seen = await tx.vms.get(event.vmId);
    return { project: seen?.vm.project ?? (event.project || null), name: seen?.vm.name ?? event.name };
  }
}
