/**
 * The end of each import, wherever the image came from: judged, named in the database, given its name in the store,
 * ready. The row names the image before the file has its name, so after a kill at any point the import is finished
 * from the row, or begun again, and no file is in the store that no row knows.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import { Database, type TemplateEntity } from '../db-operator/index.js';
import { ImageStore } from './image-store.js';
import { asImageError, type Received } from './receive.js';

@Injectable()
export class FinishImport {
  private readonly logger = new Logger(FinishImport.name);

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ImageStore) private readonly store: ImageStore,
  ) {}

  /**
   * Makes a template of what arrived, or fails it. Gives what was wrong; `cut-off` when the signal ended it: then it
   * is to be done again.
   */
  async execute(
    template: TemplateEntity,
    arrive: () => Promise<Received>,
    signal?: AbortSignal,
  ): Promise<VmanError | 'cut-off' | undefined> {
    try {
      if (!template.digest) await this.name(template, await arrive());
      await this.makeReady(template);
      return undefined;
    } catch (error) {
      if (signal?.aborted) return 'cut-off';
      const fault = this.asFault(template, error);
      await this.fail(template, fault);
      return fault;
    }
  }

  /** Nothing is left of it but the row that says why. */
  async fail(template: TemplateEntity, fault: VmanError): Promise<void> {
    await this.store.drop(template.id);
    await this.database.transaction(async (tx) => {
      const change = {
        state: 'failed',
        digest: null,
        errorCode: fault.code,
        errorMessage: fault.message,
      } as const;
      if (!(await tx.templates.updateImporting(template.id, change))) return;
      const operation = await tx.operations.openOfTemplate(template.id);
      const end = { status: 'failed', code: fault.code, message: fault.message } as const;
      if (operation) await tx.operations.finish(operation.id, end);
    });
    if (template.digest) await this.removeUnused(template.digest);
  }

  /** Takes an image out of the store, unless a template names it. */
  async removeUnused(digest: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.templates.lockImage(digest);
      // Under the lock: a template that names it from now on brings its file along.
      if (!(await tx.templates.digestInUse(digest))) await this.store.remove(digest);
    });
  }

  private async name(template: TemplateEntity, received: Received): Promise<void> {
    await this.phase(template.id, 'checking');
    const image = await this.store.judge(template.id, received, template.format, template.wantedDigest);
    await failpoint('intel.template.judged');
    const named = await this.database.transaction(async (tx) => {
      await tx.templates.lockImage(image.digest);
      return tx.templates.updateImporting(template.id, image);
    });
    if (!named) throw new VmanError('invalid_state', 'The import was ended meanwhile.');
    template.digest = image.digest;
    await failpoint('intel.template.named');
  }

  private async makeReady(template: TemplateEntity): Promise<void> {
    const kept = template.digest ? await this.store.keep(template.id, template.digest) : false;
    if (!kept) throw new VmanError('upload_interrupted', 'The image was lost before it had its name.');
    await failpoint('intel.template.kept');
    await this.database.transaction(async (tx) => {
      if (!(await tx.templates.updateImporting(template.id, { state: 'ready' }))) return;
      const operation = await tx.operations.openOfTemplate(template.id);
      if (operation) await tx.operations.finish(operation.id, { status: 'succeeded' });
    });
  }

  private async phase(templateId: string, phase: string): Promise<void> {
    await this.database.read(async (tx) => {
      const operation = await tx.operations.openOfTemplate(templateId);
      if (operation) await tx.operations.progress(operation.id, { phase });
    });
  }

  private asFault(template: TemplateEntity, error: unknown): VmanError {
    const known = asImageError(error);
    if (known instanceof VmanError) return known;
    this.logger.error({ err: error, templateId: template.id }, 'an import failed');
    return new VmanError('internal', 'The image could not be stored.', { cause: error });
  }
}
