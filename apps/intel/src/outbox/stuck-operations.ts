/**
 * Nothing stays stuck: what was published may have been lost on a bus that acknowledged it. Open operations that
 * nothing was heard of for a while are put into the outbox again; a host that has them already answers with an
 * empty plan or a stored result. A command that nobody answered by its deadline fails.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { TIMERS } from '#libs/domain';
import { Database, type Tx } from '../db-operator/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { endCommand } from '../operations/index.js';
import { Sweep } from '../sweeping/index.js';

const EVERY_MS = 5_000;
const BATCH = 200;
/** An answer may be on its way when the deadline passes. */
const ANSWER_GRACE_MS = 30_000;
const SWEEPS_A_CLEANING = 720;
const SENT_KEPT_HOURS = 1;
const DRIFTS_KEPT_DAYS = 30;

@Injectable()
export class StuckOperations extends Sweep {
  private sweeps = 0;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) clock: Clock,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
  ) {
    super({ clock, everyMs: EVERY_MS, of: 'stuck operations' });
  }

  async sweep(): Promise<void> {
    await this.database.transaction(async (tx) => {
      await failOverdue(tx);
      await publishAgain(tx);
    });
    if (this.sweeps++ % SWEEPS_A_CLEANING !== 0) return;
    await this.database.transaction(async (tx) => {
      await tx.outbox.removeSent(SENT_KEPT_HOURS);
      await tx.idempotency.removeOld();
      await tx.drifts.removeClosed(DRIFTS_KEPT_DAYS);
      await tx.repairs.removeOld(DRIFTS_KEPT_DAYS);
      await tx.repairPauses.removeOver();
      await tx.audit.removeOlder(this.config.auditDays);
    });
  }
}

async function failOverdue(tx: Tx): Promise<void> {
  for (const operation of await tx.operations.overdueCommands(ANSWER_GRACE_MS)) {
    const message = 'Its host did not answer before the deadline.';
    await endCommand(tx, operation, { failure: { code: 'deadline_exceeded', message } });
  }
}

async function publishAgain(tx: Tx): Promise<void> {
  const stuck = await tx.operations.stuck(TIMERS.republish, BATCH);
  const published = new Set<string>();
  for (const { id, hostId, vmId, command } of stuck) {
    if (!hostId) continue;
    if (command) await tx.outbox.command(hostId, vmId, id);
    else if (vmId && !published.has(vmId) && !(await tx.outbox.hasUnsent(vmId))) {
      await tx.outbox.desired(hostId, vmId);
      published.add(vmId);
    }
  }
  await tx.operations.touch(stuck.map((it) => it.id));
}
