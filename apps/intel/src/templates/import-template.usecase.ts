/**
 * Copies the images of new templates into the store, one after the other, behind the answers. What is to be done is
 * in the database alone: an import that was cut off is begun anew at the next start. One replica imports at a time.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import { Database, LOCKS, type OperationEnd, type TemplateEntity } from '../db-operator/index.js';
import { ImageStore, type StoredImage } from './image-store.js';

@Injectable()
export class ImportTemplates {
  private readonly logger = new Logger(ImportTemplates.name);
  private working: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ImageStore) private readonly store: ImageStore,
  ) {}

  /** Does all imports that wait, after those under way. */
  wake(): void {
    this.working = this.working
      .then(() => this.drain())
      .catch((error) => {
        this.logger.error({ err: error }, 'an import could not be written down');
      });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  private async drain(): Promise<void> {
    if (this.stopped) return;
    await this.database.exclusively(LOCKS.templates, async () => {
      for (const template of await this.database.read((tx) => tx.templates.importing())) {
        if (this.stopped) return;
        await this.importOne(template);
      }
    });
  }

  private async importOne(template: TemplateEntity): Promise<void> {
    const operation = await this.database.read((tx) => tx.operations.openOfTemplate(template.id));
    if (operation)
      await this.database.read((tx) => tx.operations.progress(operation.id, { phase: 'copying' }));
    const outcome = await this.copy(template);
    const change: Partial<TemplateEntity> =
      outcome instanceof VmanError
        ? { state: 'failed', errorCode: outcome.code, errorMessage: outcome.message }
        : { state: 'ready', ...outcome };
    const end: OperationEnd =
      outcome instanceof VmanError
        ? { status: 'failed', code: outcome.code, message: outcome.message }
        : { status: 'succeeded' };
    await this.database.transaction(async (tx) => {
      await tx.templates.update(template.id, change);
      if (operation) await tx.operations.finish(operation.id, end);
    });
  }

  private async copy(template: TemplateEntity): Promise<StoredImage | VmanError> {
    try {
      return await this.store.add(template.sourcePath, template.format, template.wantedDigest);
    } catch (error) {
      if (error instanceof VmanError) return error;
      this.logger.error({ err: error, templateId: template.id }, 'an import failed');
      return new VmanError('internal', 'The image could not be copied.');
    }
  }
}
