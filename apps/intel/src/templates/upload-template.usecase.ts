/**
 * Takes the content of a template from a request. The upload is alive as long as its row is touched; one that is not,
 * because this process or its machine died, is failed by the sweep. A person's upload that breaks is failed at once;
 * a host's is dropped, since the host sends it again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { Database, type TemplateEntity } from '../db-operator/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { FinishImport } from './finish-import.js';
import { ImageStore } from './image-store.js';
import { ImportProgress } from './import-progress.js';
import { limited } from './limited.js';
import { type Received } from './receive.js';

/** Well below what the sweep waits for. */
const ALIVE_EVERY_MS = 3_000;
export const UPLOAD_DEAD_MS = 15_000;
const IDLE_MS = 60_000;

export interface Upload {
  body: AsyncIterable<Buffer>;
  /** Of the Content-Length, where there is one. */
  totalBytes?: number;
}

@Injectable()
export class UploadTemplate {
  constructor(
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Database) private readonly database: Database,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(FinishImport) private readonly finish: FinishImport,
    @Inject(ImportProgress) private readonly progress: ImportProgress,
  ) {}

  /** Resolves once the template is ready. Throws VmanError; then the template has failed, or waits for its host. */
  async execute(template: TemplateEntity, upload: Upload): Promise<void> {
    const begun = await this.database.read((tx) => tx.templates.beginUpload(template.id, UPLOAD_DEAD_MS));
    if (!begun) throw notAwaited(template);
    const alive = this.keepAlive(template.id);
    try {
      const fault = await this.takeIn(template, upload);
      if (fault && fault !== 'cut-off') throw fault;
    } finally {
      alive.stop();
    }
  }

  private async takeIn(
    template: TemplateEntity,
    upload: Upload,
  ): Promise<Awaited<ReturnType<FinishImport['execute']>>> {
    if (template.sourceType === 'upload') {
      return this.finish.execute(template, () => this.receive(template, upload));
    }
    let received: Received;
    try {
      received = await this.receive(template, upload);
    } catch (error) {
      if (!(error instanceof VmanError) || error.code !== 'upload_interrupted') {
        return this.finish.execute(template, () => Promise.reject(error));
      }
      await this.store.drop(template.id);
      await this.database.read((tx) => tx.templates.forgetUpload(template.id));
      return error;
    }
    return this.finish.execute(template, async () => received);
  }

  private receive({ id, format }: TemplateEntity, { body, totalBytes }: Upload): Promise<Received> {
    const within = {
      idleMs: IDLE_MS,
      totalMs: this.config.importTimeout,
      clock: this.clock,
      signal: this.database.closing,
    };
    const { bytes } = this.progress.of(id, totalBytes);
    return this.store.receive(id, { source: limited(body, within), format, totalBytes, onBytes: bytes });
  }

  private keepAlive(id: string): { stop(): void } {
    let timer: Timer;
    const again = (): Timer =>
      this.clock.setTimeout(() => {
        void this.database.read((tx) => tx.templates.uploadAlive(id)).catch(() => undefined);
        timer = again();
      }, ALIVE_EVERY_MS);
    timer = again();
    return { stop: () => timer.cancel() };
  }
}

function notAwaited({ sourceType, state, digest }: TemplateEntity): VmanError {
  const expected = sourceType === 'upload' || sourceType === 'vm';
  if (!expected)
    return new VmanError('invalid_state', 'The template was not created with the source upload.');
  if (state === 'importing' && digest) {
    return new VmanError('invalid_state', 'The template has been uploaded already.');
  }
  if (state === 'importing') {
    const retryAfterSeconds = Math.ceil(UPLOAD_DEAD_MS / 1000);
    return new VmanError('conflict', 'The template is being uploaded by another request.', {
      retryAfterSeconds,
    });
  }
  return new VmanError('invalid_state', `The template is ${state}; nothing is waited for.`);
}
