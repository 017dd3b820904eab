import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { Heartbeat, VmReport } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import { histogram } from '#libs/metrics';
import { Database } from '../db-operator/index.js';
import { ApplyVmReport } from '../vms/index.js';
import { AdmitHost } from './admit-host.usecase.js';
import { HostConsumers } from './host-consumers.js';
import { type KnownRevision, missingVms } from './missing-vms.js';

/** An administrator may have accepted another machine meanwhile. */
const ADMITTED_MS = 10_000;

/**
 * Notes that a host is alive, and applies only those of its VM rows that are newer than what is known: in a fleet
 * at rest a heartbeat costs one write. A host that nobody knows registers itself by its first heartbeat. One that
 * lost what it was told of a VM is told again. A VM that this database does not know is noted, and never removed on its
 * word.
 */
@Injectable()
export class ApplyHeartbeat {
  private readonly logger = new Logger(ApplyHeartbeat.name);
  /** When a lost VM was told again, by its id. */
  private readonly toldAgain = new Map<string, number>();
  private readonly admitted = new Map<string, { told: string; atMs: number }>();

  private readonly seconds = histogram({
    name: 'vman_heartbeat_apply_seconds',
    help: 'How long it took to take in a heartbeat.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(HostConsumers) private readonly consumers: HostConsumers,
    @Inject(ApplyVmReport) private readonly applyVmReport: ApplyVmReport,
    @Inject(AdmitHost) private readonly admitHost: AdmitHost,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(beat: Heartbeat): Promise<void> {
    const stop = this.seconds.startTimer();
    await this.apply(beat);
    stop();
  }

  private async apply(beat: Heartbeat): Promise<void> {
    const { hostId } = beat;
    if (!(await this.isAdmitted(beat))) return;
    const added = await this.database.read((tx) => tx.hosts.beat(beat));
    await this.consumers.ensure(hostId);
    if (beat.pools.length > 0) {
      await this.database.transaction((tx) => tx.pools.report(hostId, beat.pools));
    }
    if (added) this.logger.log(`host ${beat.hostName} (${hostId}) has registered itself`);
    const known = await this.database.read((tx) => tx.vms.revisionsOfHost(hostId));
    for (const report of newerReports(beat, known)) {
      await this.applyVmReport.execute({ hostId, report, steps: [] });
    }
    await this.sightStrays(beat, known);
    await this.tellAgain(hostId, missingVms(beat, known));
    await this.settleDepartures(beat);
  }

  /** Asked for each host now and then, and whenever it tells something else of itself. */
  private async isAdmitted({ hostId, identity }: Heartbeat): Promise<boolean> {
    if (!identity) return true;
    const now = this.clock.monotonic();
    const told = JSON.stringify(identity);
    const before = this.admitted.get(hostId);
    if (before?.told === told && now - before.atMs < ADMITTED_MS) return true;
    const verdict = await this.admitHost.execute(hostId, identity);
    if (verdict.kind === 'refused') {
      this.admitted.delete(hostId);
      return false;
    }
    if (!verdict.isNew) this.admitted.set(hostId, { told, atMs: now });
    return true;
  }

  private async sightStrays({ hostId, vms }: Heartbeat, known: KnownRevision[]): Promise<void> {
    const ids = new Set(known.map(({ id }) => id));
    const told = vms.filter(({ vmId, state }) => state !== 'absent' && !ids.has(vmId));
    if (told.length === 0) return;
    for (const vmId of await this.database.read((tx) => tx.strayVms.sight(hostId, told)))
      this.logger.warn({ hostId, vmId }, 'a host has a VM that nobody knows; it can be adopted');
  }

  /** It was told to let these go, and has not said that it did. */
  private async settleDepartures({ hostId, vms, complete }: Heartbeat): Promise<void> {
    for (const { vmId } of await this.database.read((tx) => tx.departures.ofHost(hostId))) {
      const report = vms.find((it) => it.vmId === vmId);
      const gone = report?.state === 'absent';
      if (!gone && (!complete || this.toldAgain.has(vmId))) continue;
      if (!gone) this.toldAgain.set(vmId, this.clock.monotonic());
      if (report) await this.applyVmReport.execute({ hostId, report, steps: [] });
      else await this.database.transaction((tx) => tx.outbox.released(hostId, vmId));
    }
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
