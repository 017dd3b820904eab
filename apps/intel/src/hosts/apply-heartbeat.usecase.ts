import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { Heartbeat, VmReport } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import { histogram } from '#libs/metrics';
import { Database } from '../db-operator/index.js';
import { ApplyVmReport } from '../vms/index.js';
import { HostConsumers } from './host-consumers.js';
import { type KnownRevision, missingVms } from './missing-vms.js';

/**
 * Notes that a host is alive, and applies only those of its VM rows that are newer than what is known: in a fleet
 * at rest a heartbeat costs one write. A host that nobody knows registers itself by its first heartbeat. One that
 * lost what it was told of a VM is told again.
 */
@Injectable()
export class ApplyHeartbeat {
  private readonly logger = new Logger(ApplyHeartbeat.name);
  /** When a lost VM was told again, by its id. */
  private readonly toldAgain = new Map<string, number>();

  private readonly seconds = histogram({
    name: 'vman_heartbeat_apply_seconds',
    help: 'How long it took to take in a heartbeat.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(HostConsumers) private readonly consumers: HostConsumers,
    @Inject(ApplyVmReport) private readonly applyVmReport: ApplyVmReport,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(beat: Heartbeat): Promise<void> {
    const stop = this.seconds.startTimer();
    await this.apply(beat);
    stop();
  }

  private async apply(beat: Heartbeat): Promise<void> {
    const { hostId } = beat;
    await this.consumers.ensure(hostId);
    const added = await this.database.read((tx) => tx.hosts.beat(beat));
    if (beat.pools.length > 0) {
      await this.database.transaction((tx) => tx.pools.report(hostId, beat.pools));
    }
    if (added) this.logger.log(`host ${beat.hostName} (${hostId}) has registered itself`);
    const known = await this.database.read((tx) => tx.vms.revisionsOfHost(hostId));
    for (const report of newerReports(beat, known)) {
      await this.applyVmReport.execute({ hostId, report, steps: [] });
    }
    await this.tellAgain(hostId, missingVms(beat, known));
  }

  /** Not with every heartbeat: the answer takes its time. */
  private async tellAgain(hostId: string, missing: string[]): Promise<void> {
    const now = this.clock.monotonic();
    for (const [vmId, at] of this.toldAgain) if (now - at > TIMERS.republish) this.toldAgain.delete(vmId);
    for (const vmId of missing.filter((it) => !this.toldAgain.has(it))) {
      this.toldAgain.set(vmId, now);
      this.logger.warn({ hostId, vmId }, 'a host does not know a VM any more; it is told again');
      await this.database.transaction((tx) => tx.outbox.desired(hostId, vmId));
    }
  }
}

function newerReports(beat: Heartbeat, known: KnownRevision[]): VmReport[] {
  const byId = new Map(known.map((row) => [row.id, row]));
  return beat.vms.filter((report) => {
    const row = byId.get(report.vmId);
    return row && isNewer(report.rev, row);
  });
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
