/**
 * NATS may lose everything and nothing is lost: what Postgres holds is put on the bus again.
 *
 * After each connection the streams are made if they are missing, and compared with what was last known of them. One
 * that was made anew or rolled back is seeded: every VM's desired state and the command of every open operation go
 * through the outbox, and behind them a marker for each host, which tells a reader that absence now means
 * something. One replica does it at a time; seeding twice is harmless.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { StreamAdmin, type StreamFacts } from '#libs/bus';
import { Database, LOCKS, type Tx } from '../db-operator/index.js';
import { HostConsumers } from '../hosts/index.js';
import { lostStreams } from './lost-streams.js';

@Injectable()
export class BusRecovery {
  private readonly logger = new Logger(BusRecovery.name);

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(StreamAdmin) private readonly admin: StreamAdmin,
    @Inject(HostConsumers) private readonly consumers: HostConsumers,
  ) {}

  /** Says false when another replica is at it. Throws when bus or database are away. */
  async check(): Promise<boolean> {
    this.consumers.forget();
    await this.database.transaction((tx) => tx.hosts.excuse());
    const outcome = await this.database.exclusively(LOCKS.recovery, async () => {
      const present = await this.admin.ensureStreams();
      const lost = lostStreams(present, await this.database.read((tx) => tx.busState.all()));
      for (const hostId of await this.database.read((tx) => tx.hosts.ids()))
        await this.consumers.ensure(hostId);
      if (lost.length === 0) return;
      const count = await this.database.transaction((tx) => seed(tx, present));
      this.logger.warn(
        { streams: lost.map((it) => it.name), vms: count },
        'streams are new or lost data; seeded again',
      );
    });
    return outcome === 'done';
  }
}

async function seed(tx: Tx, present: StreamFacts[]): Promise<number> {
  for (const stream of present) {
    const { name, created, lastSequence } = stream;
    await tx.busState.save({ stream: name, created, lastSequence });
  }
  await tx.vms.forgetSequences();
  const placements = await tx.vms.placements();
  for (const { id, hostId } of placements) await tx.outbox.desired(hostId, id);
  const departures = await tx.departures.all();
  for (const { vmId, hostId } of departures) await tx.outbox.released(hostId, vmId);
  for (const operation of await tx.operations.openCommands()) {
    if (operation.hostId) await tx.outbox.command(operation.hostId, operation.vmId, operation.id);
  }
  for (const hostId of await tx.hosts.ids()) {
    const count = [...placements, ...departures].filter((it) => it.hostId === hostId).length;
    await tx.outbox.seedMarker(hostId, count);
  }
  return placements.length;
}
