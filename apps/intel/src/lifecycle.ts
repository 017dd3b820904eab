import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Bus } from '#libs/bus';
import { TIMERS } from '#libs/domain';
import { ConsoleGateway } from './console/console-gateway.js';
import { Database } from './db-operator/index.js';
import { FailOver } from './failover/fail-over.js';
import { FeedNumbers } from './feed/feed-numbers.js';
import { FeedTail } from './feed/feed-tail.js';
import { DrainHosts } from './hosts/drain-hosts.js';
import { SweepHostStates } from './hosts/sweep-host-states.js';
import { Relay } from './outbox/relay.js';
import { StuckOperations } from './outbox/stuck-operations.js';
import { SweepDisks } from './stray-disks/sweep-disks.js';
import { ImageStore } from './templates/image-store.js';
import { ImportTemplates } from './templates/import-template.usecase.js';
import { SweepImports } from './templates/sweep-imports.js';
import { FirstToken } from './tokens/first-token.js';
import { SweepTrash } from './vms/sweep-trash.js';

/** The order in which intel begins and ends: nothing is served before the store and a token are there. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(FirstToken) private readonly firstToken: FirstToken,
    @Inject(ImportTemplates) private readonly imports: ImportTemplates,
    @Inject(SweepImports) private readonly importSweep: SweepImports,
    @Inject(SweepDisks) private readonly diskSweep: SweepDisks,
    @Inject(SweepTrash) private readonly trashSweep: SweepTrash,
    @Inject(SweepHostStates) private readonly hostStates: SweepHostStates,
    @Inject(Relay) private readonly relay: Relay,
    @Inject(StuckOperations) private readonly stuck: StuckOperations,
    @Inject(FailOver) private readonly failOver: FailOver,
    @Inject(DrainHosts) private readonly drains: DrainHosts,
    @Inject(FeedNumbers) private readonly numbers: FeedNumbers,
    @Inject(FeedTail) private readonly tail: FeedTail,
    @Inject(ConsoleGateway) private readonly consoles: ConsoleGateway,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.store.open();
    await this.firstToken.ensure();
    this.relay.start();
    this.stuck.start();
    this.failOver.start();
    this.drains.start();
    this.numbers.start();
    this.tail.start();
    this.importSweep.start(0);
    this.diskSweep.start();
    this.trashSweep.start();
    // while intel was away no heartbeat was taken in: hosts get the time for one before their silence is told
    this.hostStates.start(TIMERS.hostSuspect);
  }

  /** Requests that wait are answered and consoles end, so that the listener can close. */
  beforeApplicationShutdown(): void {
    this.database.beginClose();
    this.consoles.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.hostStates.stop();
    await this.trashSweep.stop();
    await this.diskSweep.stop();
    await this.importSweep.stop();
    await this.imports.stop();
    await this.drains.stop();
    await this.failOver.stop();
    await this.stuck.stop();
    await this.relay.stop();
    await this.numbers.stop();
    await this.tail.stop();
    await this.bus.close();
    await this.database.close();
  }
}
