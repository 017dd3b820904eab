/**
 * Brings the images of new templates into the store, behind the answers: from files, from URLs, and what an earlier
 * process did not finish. What is to be done is in the database alone; each import is done by whoever holds its lock,
 * so an import that was cut off is taken up by this process at its next start, or by another replica.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { failpoint } from '#libs/config';
import { Database, LOCKS, type TemplateEntity } from '../db-operator/index.js';
import { FetchUrl } from './fetch-url.js';
import { FinishImport } from './finish-import.js';
import { ImageStore } from './image-store.js';
import { ImportProgress } from './import-progress.js';
import { bytesOf, type Received } from './receive.js';

const AT_ONCE = 4;

@Injectable()
export class ImportTemplates {
  private readonly logger = new Logger(ImportTemplates.name);
  private readonly running = new Map<string, Promise<void>>();
  private readonly ending = new AbortController();
  private looking: Promise<void> = Promise.resolve();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(FinishImport) private readonly finish: FinishImport,
    @Inject(FetchUrl) private readonly fetchUrl: FetchUrl,
    @Inject(ImportProgress) private readonly progress: ImportProgress,
  ) {}

  /** Begins the imports that wait. */
  wake(): void {
    this.looking = this.looking
      .then(() => this.begin())
      .catch((error) => this.logger.warn({ err: error }, 'the imports that wait could not be read'));
  }

  /** Cuts off what runs; the next start takes it up. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.looking;
    await Promise.all(this.running.values());
  }

  private async begin(): Promise<void> {
    if (this.ending.signal.aborted) return;
    for (const template of await this.database.read((tx) => tx.templates.importing())) {
      if (this.running.size >= AT_ONCE) return;
      if (this.running.has(template.id) || !isOurs(template)) continue;
      const run = this.importOne(template)
        .catch((error) => {
          this.logger.error({ err: error, templateId: template.id }, 'an import could not be written down');
        })
        .then((ended) => {
          this.running.delete(template.id);
          // Of one that another replica is at, only the sweep asks again.
          if (ended === 'done') this.wake();
        });
      this.running.set(template.id, run);
    }
  }

  private async importOne({ id }: TemplateEntity): Promise<'done' | 'held-by-another'> {
    return this.database.exclusively(LOCKS.templates + lockOf(id), async () => {
      const template = await this.database.read((tx) => tx.templates.get(id));
      if (template?.state !== 'importing') return;
      await failpoint('intel.template.import');
      await this.finish.execute(template, () => this.arrive(template), this.ending.signal);
    });
  }

  private async arrive(template: TemplateEntity): Promise<Received> {
    const told = this.progress.of(template.id);
    if (template.sourceType === 'url') return this.fetchUrl.execute(template, told, this.ending.signal);
    const source = bytesOf(template.sourcePath, this.ending.signal);
    return this.store.receive(template.id, { source, format: template.format, onBytes: told.bytes });
  }
}

/** Uploads come by themselves; only what they left with a name is finished here. */
function isOurs({ sourceType, digest }: TemplateEntity): boolean {
  switch (sourceType) {
    case 'file':
    case 'url':
      return true;
    case 'upload':
    case 'vm':
      return digest !== null;
  }
}

/** A number for the lock of one import, from the random end of its id. */
function lockOf(id: string): number {
  return 1 + Number.parseInt(id.slice(-10), 16);
}
