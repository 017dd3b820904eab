import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Bus } from '#libs/bus';
import { Database } from './db-operator/index.js';
import { Relay } from './outbox/relay.js';
import { StuckOperations } from './outbox/stuck-operations.js';
import { ImageStore } from './templates/image-store.js';
import { ImportTemplates } from './templates/import-template.usecase.js';
import { FirstToken } from './tokens/first-token.js';

/** The order in which intel begins and ends: nothing is served before the store and a token are there. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(FirstToken) private readonly firstToken: FirstToken,
    @Inject(ImportTemplates) private readonly imports: ImportTemplates,
    @Inject(Relay) private readonly relay: Relay,
    @Inject(StuckOperations) private readonly stuck: StuckOperations,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.store.open();
    await this.firstToken.ensure();
    this.relay.start();
    this.stuck.start();
    this.imports.wake();
  }

  /** Requests that wait are answered, so that the listener can close. */
  beforeApplicationShutdown(): void {
    this.database.beginClose();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.imports.stop();
    await this.stuck.stop();
    await this.relay.stop();
    await this.bus.close();
    await this.database.close();
  }
}
