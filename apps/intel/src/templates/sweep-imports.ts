/**
 * What no running import will ever finish: uploads whose process or client is gone, and files in the store that no
 * template needs. An image without a template is seen twice before it is put aside, and destroyed there after a time:
 * the database may have been put back to an older state. Also begins imports that another replica did not finish.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { Sweep } from '../sweeping/index.js';
import { FinishImport } from './finish-import.js';
import { type AsideImage, ImageStore } from './image-store.js';
import { ImportTemplates } from './import-template.usecase.js';
import { UPLOAD_DEAD_MS } from './upload-template.usecase.js';

const EVERY_MS = 5_000;
const SWEEPS_A_CLEANING = 12;
/** How long an upload may be announced without being begun. */
const UNBEGUN_MS = 15 * 60_000;

@Injectable()
export class SweepImports extends Sweep {
  private sweeps = 0;
  /** Images that no template named, since when; by the monotonic clock. */
  private strays = new Map<string, number>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Database) private readonly database: Database,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(FinishImport) private readonly finish: FinishImport,
    @Inject(ImportTemplates) private readonly imports: ImportTemplates,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
  ) {
    super({ clock, everyMs: EVERY_MS, of: 'the imports' });
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
  async clean(): Promise<void> {
    const { digests, parts, asides } = await this.store.contents();
    const importing = await this.database.read((tx) => tx.templates.importing());
    const needed = new Set(importing.map((it) => it.id));
    for (const part of parts) if (!needed.has(part)) await this.store.drop(part);
    const strays = new Map<string, number>();
    for (const digest of digests) await this.judge(digest, strays);
    this.strays = strays;
    for (const aside of asides) await this.judgeAside(aside);
  }

  private async judge(digest: string, strays: Map<string, number>): Promise<void> {
    if (await this.database.read((tx) => tx.templates.digestInUse(digest))) return;
    const since = this.strays.get(digest);
    strays.set(digest, since ?? this.clock.monotonic());
    if (since === undefined || this.clock.monotonic() - since < this.config.strayDiskAfter) return;
    await this.unlessUsed(digest, () => this.store.putAside(digest, this.clock.now()));
    this.logger.warn({ digest }, 'an image that no template names was put into quarantine');
  }

  private async judgeAside(aside: AsideImage): Promise<void> {
    if (await this.database.read((tx) => tx.templates.digestInUse(aside.digest))) {
      await this.store.takeBack(aside);
      return;
    }
    const { quarantineKeep } = this.config;
    if (quarantineKeep === 0 || this.clock.now() - aside.atMs < quarantineKeep) return;
    await this.unlessUsed(aside.digest, () => this.store.destroy(aside));
  }

  /** Under the lock: a template that names it from now on brings its file along. */
  private async unlessUsed(digest: string, work: () => Promise<void>): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.templates.lockImage(digest);
      if (!(await tx.templates.digestInUse(digest))) await work();
    });
  }
}
