import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { BusPort, Stoppable } from '#libs/bus';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import {
  type Beacon,
  beaconCodec,
  type LeadReply,
  leadReplyCodec,
  leadRequestCodec,
  subjects,
} from '#libs/contracts';
import { gauge } from '#libs/metrics';
import { DriftKeeper, type Speaker } from '../drift/drift-keeper.js';
import { OBSERVER_BUS, OBSERVER_LOGGER, type ObserverLogger } from '../observer.tokens.js';
import { Pauses } from '../repair/pauses.js';
import { DesiredReader } from '../view/desired-reader.js';
import { decideLead, FOLLOWS, type Lead } from './decide-lead.js';

/** The lease is renewed this often. */
const RENEW_MS = 1_000;
/** A standby asks for it this often. */
const ASK_MS = 500;
const ANSWER_MS = 800;

/** Asks intel for the lead, and keeps what it answers: the epoch and the pauses of repairs. */
@Injectable()
export class Leadership implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly observerId = randomUUID();
  private lead: Lead = FOLLOWS;
  private other: { observerId: string; epoch: number; heardAt: number } | undefined;
  private readySince: number | undefined;
  private timer: Timer | undefined;
  private beacons: Stoppable | undefined;
  private stopped = false;
  private turns = 0;
  private readonly listeners = new Set<() => void>();
  private readonly shown = gauge({ name: 'vman_observer_leader', help: '1 while this observer leads.' });
  private readonly shownEpoch = gauge({
    name: 'vman_observer_epoch',
    help: 'The epoch that leads, as last known.',
  });

  constructor(
    @Inject(OBSERVER_BUS) private readonly bus: BusPort,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OBSERVER_LOGGER) private readonly logger: ObserverLogger,
    private readonly desired: DesiredReader,
    private readonly keeper: DriftKeeper,
    private readonly pauses: Pauses,
  ) {}

  get leads(): boolean {
    return this.lead.leads;
  }

  get speaker(): Speaker {
    return { observerId: this.observerId, epoch: this.lead.epoch };
  }

  /** Calls `listener` when it begins to lead, and when the pauses are others. */
  onNews(listener: () => void): void {
    this.listeners.add(listener);
  }

  onApplicationBootstrap(): void {
    this.beacons = this.bus.subscribe(subjects.beacon, beaconCodec, (beacon) => this.hear(beacon));
    this.desired.onRead(() => void this.askAndWait());
    void this.askAndWait();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.beacons?.stop();
    if (this.leads) await this.ask(true);
    this.lead = { ...this.lead, leads: false };
  }

  private hear({ observerId, state }: Beacon): void {
    if (observerId === this.observerId) return;
    this.other = { observerId, epoch: state?.epoch ?? 0, heardAt: this.clock.monotonic() };
  }

  private async askAndWait(): Promise<void> {
    this.timer?.cancel();
    const turn = ++this.turns;
    const answer = this.desired.ready ? await this.ask(false) : undefined;
    if (this.stopped || turn !== this.turns) return;
    this.decide(answer);
    this.timer = this.clock.setTimeout(() => void this.askAndWait(), this.leads ? RENEW_MS : ASK_MS);
  }

  private async ask(release: boolean): Promise<LeadReply | undefined> {
    const request = { observerId: this.observerId, release, wantDrifts: !this.lead.leads };
    try {
      return await this.bus.request(
        subjects.intelRpc('lead'),
        leadRequestCodec,
        request,
        leadReplyCodec,
        ANSWER_MS,
      );
    } catch (err) {
      this.logger.debug({ err }, 'intel did not answer for the lead');
      return undefined;
    }
  }

  private decide(answer: LeadReply | undefined): void {
    const now = this.clock.monotonic();
    // One that has not read what is desired cannot lead; one that leads and is cut off goes on when it is back.
    if (!this.desired.ready) this.readySince = undefined;
    else this.readySince ??= now;
    const before = this.lead;
    const other = this.other && { ...this.other, silentMs: now - this.other.heardAt };
    const readyMs = this.readySince === undefined ? 0 : now - this.readySince;
    this.lead = decideLead(before, { answer, ownId: this.observerId, other, readyMs });
    this.shown.set(this.leads ? 1 : 0);
    this.shownEpoch.set(this.lead.epoch);
    const pausesBefore = pauseKey(this.pauses.list());
    if (answer) this.pauses.set(answer.pauses);
    const begins = this.leads && !before.leads;
    if (begins) this.begin(answer);
    else if (before.leads && !this.leads) this.end();
    if (begins || pauseKey(this.pauses.list()) !== pausesBefore) for (const tell of this.listeners) tell();
  }

  private begin(answer: LeadReply | undefined): void {
    this.keeper.inherit(answer?.drifts ?? []);
    const { epoch, granted } = this.lead;
    this.logger.info({ epoch, granted, inherited: this.keeper.size }, 'this observer leads');
  }

  private end(): void {
    this.keeper.forget();
    this.logger.warn({ epoch: this.lead.epoch }, 'another observer leads; this one stands by');
  }
}

const pauseKey = (pauses: { pauseId: string }[]): string => pauses.map((it) => it.pauseId).join();
