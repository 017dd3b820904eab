/**
 * The relay: what was committed reaches the bus.
 *
 * Every change writes outbox rows in its own transaction. The relay reads those without `sent_at`, oldest first,
 * reads what they stand for as it is now, publishes it (several VMs side by side, the rows of one in their order), and
 * marks them. One relay works at a time: the one whose session holds an advisory lock, through which it reads the rows,
 * so the rows of a VM keep their order; should two overlap when a connection dies, the expected sequence on the subject
 * keeps the newer one. It is woken by the announcement of a commit, and looks by itself now and then, since an
 * announcement may be lost. A row that was published but not marked is published again, which changes nothing.
 * While the bus is away the rows wait.
 *
 * The rows of a change that commits in this process are handed to it with what they stand for, which saves it two
 * looks at the database; should it lose them, they are found like all others.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Bus, BusUnavailable } from '#libs/bus';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import { Liveness } from '#libs/health';
import { counter, gauge } from '#libs/metrics';
import {
  Database,
  type HeldLock,
  LOCKS,
  type Lying,
  type OutboxRow,
  type OutboxSender,
  type Tx,
  together,
  type UnsentRow,
} from '../db-operator/index.js';
import { BusRecovery } from './bus-recovery.js';
import { OutboxPublisher } from './publisher.js';
import { readDesired, type ToldDesired } from './read-desired.js';
import { turnsOf } from './turns-of.js';

const BATCH = 200;
/** A change of a VM leaves one or two; whatever leaves more has time. */
const HANDED_MAX = 8;
/** VMs that are published at once. */
const SIDE_BY_SIDE = 16;
/** Also without a word, since an announcement may be lost. */
const SLOW_POLL_MS = 2_000;
/** Another replica relays; how long it takes to notice that it has gone. */
const HELD_RETRY_MS = 500;
const FIRST_RETRY_MS = 100;
const RETRY_MAX_MS = 3_000;
/** To fill lost streams anew from a large database takes long, and so does a connection that hangs until it is given up. */
const STUCK_MS = 300_000;

type Told = ReadonlyMap<string, ToldDesired>;

@Injectable()
export class Relay implements OutboxSender<Told> {
  private readonly logger = new Logger(Relay.name);
  private wanted = false;
  /** Rows may lie in the outbox that it was not handed. */
  private mustLook = true;
  private lookedAt = 0;
  private readonly handed: { rows: UnsentRow[]; told: Told }[] = [];
  private working: Promise<void> | undefined;
  private stopped = true;
  private timer: Timer | undefined;
  private failures = 0;
  private mustCheckBus = true;
  private lock: HeldLock | undefined;
  private readonly turned: () => void;
  private readonly stops: { stop(): void }[] = [];
  private readonly relaying = gauge({
    name: 'vman_relay_leader',
    help: '1 while this replica tells the bus what was committed.',
  });
  private readonly published = counter({
    name: 'vman_outbox_published_total',
    help: 'Rows of the outbox that the bus was told of, by kind.',
    labelNames: ['kind'],
  });

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OutboxPublisher) private readonly publisher: OutboxPublisher,
    @Inject(BusRecovery) private readonly recovery: BusRecovery,
    @Inject(Liveness) liveness: Liveness,
  ) {
    this.turned = liveness.watch('relay', STUCK_MS);
  }

  start(): void {
    this.stopped = false;
    this.stops.push(this.bus.onReconnect(() => this.checkBus()));
    this.stops.push(
      this.database.onChange((change) => {
        if (change === undefined || change.kind === 'outbox') this.wake();
      }),
    );
    this.database.sendThrough(this);
    this.checkBus();
  }

  /** While nothing is in its way. Rows that have to keep their place among all others are none of these. */
  wants(rows: readonly OutboxRow[]): boolean {
    return this.isClear && rows.length <= HANDED_MAX && rows.every(isOfOneVm);
  }

  read(tx: Tx, rows: readonly OutboxRow[]): Promise<Told> {
    return readDesired(tx, rows);
  }

  /** What was in its way meanwhile, or waits for something else, it finds in the outbox. */
  hand(rows: UnsentRow[], told: Told): void {
    const known = rows.every((it) => it.kind !== 'desired' || told.has(it.vmId ?? ''));
    if (this.isClear && known) {
      this.handed.push({ rows, told });
      this.run();
    } else {
      this.wake();
    }
  }

  private get isClear(): boolean {
    return !this.stopped && this.lock !== undefined && !this.mustCheckBus && this.failures === 0;
  }

  /** Finishes the row at hand. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const each of this.stops.splice(0)) each.stop();
    this.timer?.cancel();
    await this.working;
    await this.giveLockBack();
  }

  /** The streams have to be looked at before anything else is published. */
  checkBus(): void {
    this.mustCheckBus = true;
    this.wake();
  }

  wake(): void {
    this.mustLook = true;
    this.run();
  }

  private run(): void {
    this.wanted = true;
    if (this.stopped || this.working) return;
    this.working = this.work().finally(() => {
      this.working = undefined;
      if (this.wanted && !this.stopped) this.run();
    });
  }

  private async work(): Promise<void> {
    this.turned();
    this.wanted = false;
    this.timer?.cancel();
    let again = SLOW_POLL_MS;
    try {
      if (!(await this.pass())) again = HELD_RETRY_MS;
      this.failures = 0;
    } catch (error) {
      again = Math.min(FIRST_RETRY_MS * 2 ** this.failures, RETRY_MAX_MS);
      this.failures++;
      await this.giveLockBack();
      this.report(error, again);
    }
    this.timer = this.clock.setTimeout(() => this.wake(), again);
  }

  /** Says false when another replica is at it. */
  private async pass(): Promise<boolean> {
    if (this.mustCheckBus) this.forgetHanded();
    if (this.mustCheckBus && !(await this.checkedBus())) return false;
    this.lock ??= await this.database.hold(LOCKS.relay);
    this.relaying.set(this.lock ? 1 : 0);
    if (!this.lock) return false;
    await this.drain(this.lock);
    return true;
  }

  /** A reconnect while it looks makes it look again: what it has seen may be of the bus before. */
  private async checkedBus(): Promise<boolean> {
    this.mustCheckBus = false;
    let done = false;
    try {
      done = await this.recovery.check();
    } finally {
      if (!done) this.mustCheckBus = true;
    }
    return done && !this.mustCheckBus;
  }

  /** By the time that it can be sent it may be old; it is found in the outbox as it is then. */
  private forgetHanded(): void {
    this.handed.length = 0;
    this.mustLook = true;
  }

  private async giveLockBack(): Promise<void> {
    const { lock } = this;
    this.lock = undefined;
    this.forgetHanded();
    this.relaying.set(0);
    await lock?.release();
  }

  private async drain(lock: HeldLock): Promise<void> {
    for (;;) {
      this.turned();
      await this.sendHanded();
      const lookedAgo = this.clock.monotonic() - this.lookedAt;
      if (this.stopped || (!this.mustLook && lookedAgo < SLOW_POLL_MS)) return;
      this.mustLook = false;
      this.lookedAt = this.clock.monotonic();
      const rows = await lock.read((tx) => tx.outbox.unsent(BATCH));
      this.takeBack(rows);
      const told = await lock.read((tx) => readDesired(tx, rows));
      const sent = await this.send(rows, told);
      if (rows.length === BATCH && sent > 0) this.mustLook = true;
    }
  }

  /** Handed while the outbox was looked at, and found there. */
  private takeBack(found: readonly UnsentRow[]): void {
    const ids = new Set(found.map((it) => it.id));
    for (const each of this.handed) each.rows = each.rows.filter((it) => !ids.has(it.id));
  }

  private async sendHanded(): Promise<void> {
    while (this.handed.length > 0 && !this.stopped) {
      const handed = this.handed.splice(0);
      const rows = handed.flatMap((it) => it.rows);
      await this.send(rows, newestOf(handed.map((it) => it.told)));
    }
  }

  /** Gives how many were sent. */
  private async send(rows: UnsentRow[], told: Told): Promise<number> {
    const sent: UnsentRow[] = [];
    const lying: Lying[] = [];
    try {
      for (const turn of turnsOf(rows)) {
        const work = async () => {
          for (let group = turn.shift(); group; group = turn.shift()) {
            await this.publishGroup(group, told, sent, lying);
          }
        };
        await together(...Array.from({ length: SIDE_BY_SIDE }, work));
      }
    } finally {
      if (sent.length > 0) await this.mark(sent, lying);
    }
    return sent.length;
  }

  /** One after the other: they are of one VM. */
  private async publishGroup(
    group: UnsentRow[],
    told: Told,
    sent: UnsentRow[],
    lying: Lying[],
  ): Promise<void> {
    const done = new Set<string>();
    for (const row of group) {
      if (this.stopped) return;
      // What was just published for the VM was read after this row was written.
      const key = row.kind === 'desired' ? `${row.hostId} ${row.vmId}` : '';
      if (!key || !done.has(key)) {
        const published = await this.publish(row, told);
        if (!published) continue;
        if (published.lies) lying.push(published.lies);
      }
      sent.push(row);
      if (key) done.add(key);
    }
  }

  /** Gives nothing for a row that cannot be published though the bus is there; it must not stop the others. */
  private async publish(row: UnsentRow, told: Told): Promise<{ lies: Lying | undefined } | undefined> {
    let lies: Lying | undefined;
    try {
      lies = await this.publisher.publish(row, told);
    } catch (error) {
      if (error instanceof BusUnavailable || (error instanceof VmanError && error.code === 'unavailable'))
        throw error;
      this.logger.error(
        { err: error, outboxId: row.id, kind: row.kind },
        'an outbox row cannot be published',
      );
      return undefined;
    }
    await failpoint('intel.after-publish');
    this.published.inc({ kind: row.kind });
    return { lies };
  }

  private async mark(sent: UnsentRow[], lying: Lying[]): Promise<void> {
    const ids = sent.map((row) => row.id);
    await this.database.read((tx) => tx.outbox.markSent(ids, lying));
  }

  private report(error: unknown, retryMs: number): void {
    if (error instanceof BusUnavailable && error.reason === 'no-stream') this.mustCheckBus = true;
    const first = this.failures === 1;
    const known = error instanceof VmanError;
    if (!known) this.logger.error({ err: error, retryMs }, 'the relay failed');
    else if (first) this.logger.warn({ err: error, retryMs }, 'the relay has to wait');
  }
}

const isOfOneVm = ({ kind }: OutboxRow) => kind === 'desired' || kind === 'command';

/** Of each VM what was read last: two changes may be handed in another order than they were committed. */
function newestOf(all: Told[]): Told {
  const newest = new Map<string, ToldDesired>();
  for (const [vmId, told] of all.flatMap((it) => [...it])) {
    const { desired } = newest.get(vmId) ?? {};
    if (!desired || desired.generation < told.desired.generation) newest.set(vmId, told);
  }
  return newest;
}
