import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Heartbeat, VmReport } from '#libs/contracts';
import { Database } from '../db-operator/index.js';
import { ApplyVmReport } from '../vms/index.js';
import { HostConsumers } from './host-consumers.js';

/**
 * Notes that a host is alive, and applies only those of its VM rows that are newer than what is known: in a fleet
 * at rest a heartbeat costs one write. A host that nobody knows registers itself by its first heartbeat.
 */
@Injectable()
export class ApplyHeartbeat {
  private readonly logger = new Logger(ApplyHeartbeat.name);

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(HostConsumers) private readonly consumers: HostConsumers,
    @Inject(ApplyVmReport) private readonly applyVmReport: ApplyVmReport,
  ) {}

  async execute(beat: Heartbeat): Promise<void> {
    const { hostId } = beat;
    await this.consumers.ensure(hostId);
    const added = await this.database.read((tx) => tx.hosts.beat(beat));
    if (added) this.logger.log(`host ${beat.hostName} (${hostId}) has registered itself`);
    for (const report of await this.newer(beat)) {
      await this.applyVmReport.execute({ hostId, report, steps: [] });
    }
  }

  private async newer(beat: Heartbeat): Promise<VmReport[]> {
    if (beat.vms.length === 0) return [];
    const known = await this.database.read((tx) => tx.vms.revisionsOfHost(beat.hostId));
    const byId = new Map(known.map((row) => [row.id, row]));
    return beat.vms.filter((report) => {
      const row = byId.get(report.vmId);
      return row && isNewer(report.rev, row);
    });
  }
}

/** A later start of the operator, or a later sequence of the same start. */
export function isNewer(
  rev: { startCount: number; sequence: number },
  known: { revStart: number; revSeq: number },
): boolean {
  return (
    rev.startCount > known.revStart || (rev.startCount === known.revStart && rev.sequence > known.revSeq)
  );
}
