/**
 * What no running import will ever finish: uploads whose process or client is gone, and files in the store that no
 * template needs. Also begins imports that another replica did not finish.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import { FinishImport } from './finish-import.js';
import { ImageStore } from './image-store.js';
import { ImportTemplates } from './import-template.usecase.js';
import { UPLOAD_DEAD_MS } from './upload-template.usecase.js';

const EVERY_MS = 5_000;
const SWEEPS_A_CLEANING = 12;
/** How long an upload may be announced without being begun. */
const UNBEGUN_MS = 15 * 60_000;

@Injectable()
export class SweepImports {
  private readonly logger = new Logger(SweepImports.name);
  private timer: Timer | undefined;
  private working: Promise<void> = Promise.resolve();
  private sweeps = 0;
  private stopped = false;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Database) private readonly database: Database,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(FinishImport) private readonly finish: FinishImport,
    @Inject(ImportTemplates) private readonly imports: ImportTemplates,
  ) {}

  /** Sweeps now and from then on. */
  start(): void {
    if (this.stopped) return;
    this.working = this.sweep()
      .catch((error) => this.logger.warn({ err: error }, 'the sweep of the imports failed'))
      .finally(() => {
        this.timer = this.clock.setTimeout(() => this.start(), EVERY_MS);
      });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
    this.timer?.cancel();
  }

  async sweep(): Promise<void> {
    this.imports.wake();
    for (const template of await this.database.read((tx) =>
      tx.templates.deadUploads(UPLOAD_DEAD_MS, UNBEGUN_MS),
    )) {
      if (template.digest) continue;
      if (template.sourceType === 'upload') {
        const why = template.uploadSeenAt ? 'The upload broke off.' : 'The upload was never begun.';
        await this.finish.fail(template, new VmanError('upload_interrupted', why));
      } else {
        await this.store.drop(template.id);
        await this.database.read((tx) => tx.templates.forgetUpload(template.id));
      }
    }
    if (this.sweeps++ % SWEEPS_A_CLEANING === 0) await this.clean();
  }

  /** The files are listed first: what comes later has a row already. */
  private async clean(): Promise<void> {
    const { digests, parts } = await this.store.contents();
    const importing = await this.database.read((tx) => tx.templates.importing());
    const needed = new Set(importing.map((it) => it.id));
    for (const part of parts) if (!needed.has(part)) await this.store.drop(part);
    for (const digest of digests) {
      const used = await this.database.read((tx) => tx.templates.digestInUse(digest));
      if (!used) await this.finish.removeUnused(digest);
    }
  }
}
