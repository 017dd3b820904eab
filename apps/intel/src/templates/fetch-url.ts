/**
 * Fetches the image of a template from a URL. A transfer that breaks is tried again a few times and goes on where it
 * stopped, when the server says by a strong validator that the content is the same; so does one that a restart cut
 * off.
 */
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, delay } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { Database, type TemplateEntity } from '../db-operator/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { AddressRules } from './address-rules.js';
import { ImageStore } from './image-store.js';
import type { Told } from './import-progress.js';
import { limited } from './limited.js';
import { openUrl, type UrlRules } from './open-url.js';
import type { Received } from './receive.js';
import { RESOLVE, type Resolve } from './resolver.js';
import { schemesOf } from './source-of.js';

const TRIES = 4;
const WAIT_MS = 1_000;
const IDLE_MS = 30_000;
const STRONG_ETAG = /^"[^"]+"$/;

@Injectable()
export class FetchUrl {
  private readonly rules: UrlRules;

  constructor(
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Database) private readonly database: Database,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(RESOLVE) resolve: Resolve,
  ) {
    const addresses = new AddressRules(config.importUrlAllow);
    this.rules = { schemes: schemesOf(config.importUrl), addresses, resolve };
  }

  /** Throws VmanError, or the reason of the signal: then what arrived is good for another try. */
  async execute(template: TemplateEntity, told: Told, signal: AbortSignal): Promise<Received> {
    const endAt = this.clock.monotonic() + this.config.importTimeout;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.transfer(template, told, signal, endAt);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof VmanError)) throw error;
        const fault = asSourceFault(error);
        const late = this.clock.monotonic() >= endAt;
        if (fault.code !== 'source_failed' || attempt === TRIES || late) throw fault;
        await delay(this.clock, WAIT_MS * attempt);
        signal.throwIfAborted();
      }
    }
  }

  private async transfer(
    template: TemplateEntity,
    told: Told,
    signal: AbortSignal,
    endAt: number,
  ): Promise<Received> {
    const { id, format } = template;
    const have = template.sourceEtag ? await this.store.arrived(id) : 0;
    const headers: Record<string, string> =
      have > 0 ? { range: `bytes=${have}-`, 'if-range': template.sourceEtag ?? '' } : {};
    const answer = await openUrl(template.sourcePath, this.rules, { headers, signal });
    try {
      const { offset, totalBytes } = extentOf(answer, have);
      await this.remember(template, answer.headers.etag);
      told.total = totalBytes;
      const limits = { clock: this.clock, idleMs: IDLE_MS, totalMs: endAt - this.clock.monotonic(), signal };
      const source = limited(answer, limits);
      return await this.store.receive(id, { source, format, offset, totalBytes, onBytes: told.bytes });
    } finally {
      answer.destroy();
    }
  }

  private async remember(template: TemplateEntity, etag: string | undefined): Promise<void> {
    const sourceEtag = etag && STRONG_ETAG.test(etag) ? etag : null;
    if (sourceEtag === template.sourceEtag) return;
    await this.database.read((tx) => tx.templates.updateImporting(template.id, { sourceEtag }));
    template.sourceEtag = sourceEtag;
  }
}

/** Where the body belongs in the file, and how large that is. */
function extentOf(
  { statusCode, headers }: IncomingMessage,
  have: number,
): { offset: number; totalBytes?: number } {
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (statusCode === 200) return { offset: 0, totalBytes: length };
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '');
  if (statusCode === 206 && have > 0 && Number(range?.[1]) === have) {
    return { offset: have, totalBytes: Number(range?.[2]) };
  }
  // All of it had arrived.
  const whole = /^bytes \*\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  if (statusCode === 416 && Number(whole) === have) return { offset: have, totalBytes: have };
  throw new VmanError('source_failed', `The source answered with status ${statusCode}.`);
}

/** What an upload calls interrupted is here the fault of the source. */
function asSourceFault(error: VmanError): VmanError {
  if (error.code !== 'upload_interrupted') return error;
  return new VmanError('source_failed', error.message, { cause: error });
}
