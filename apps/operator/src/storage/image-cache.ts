/**
 * The images of this host, by digest. One that is missing is read from intel: asked for over the bus, fetched over
 * HTTP with Range, so that a broken transfer goes on where it stopped, verified against its digest, and only then
 * given its name. VMs that want the same image share one transfer; it goes on when one of them no longer waits, since
 * another start will want it.
 *
 * Assumes that a file under a digest's name is whole: nothing else writes here.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { type BusPort, NoReply } from '#libs/bus';
import type { Clock, Timer } from '#libs/clock';
import { failpoint } from '#libs/config';
import { type ImageGrant, imageGrantCodec, imageRequestCodec, subjects } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { Interrupted, toError } from '../reconcile/to-failure.js';
import { syncFolder } from './json-file.js';
import { listFolder, type StoragePaths } from './paths.js';

const GRANT_MS = 5_000;
/** A transfer of which nothing is heard for so long is given up: its sender may have lost its power. */
const SILENCE_MS = 30_000;
const DIGEST = /^[0-9a-f]{64}$/;

export class ImageCache {
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly hostId: string,
    private readonly bus: BusPort,
    private readonly paths: StoragePaths,
    private readonly clock: Clock,
  ) {}

  /** Digests of the images that are here, whole. */
  async list(): Promise<string[]> {
    return (await listFolder(this.paths.images)).filter((name) => DIGEST.test(name));
  }

  /** Whether it is here; then it counts as used now. */
  async use(digest: string): Promise<boolean> {
    const now = new Date(this.clock.now());
    try {
      await utimes(this.paths.image(digest), now, now);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /**
   * Resolves once the image is here. Throws VmanError `image_missing`, `image_rejected`, `unavailable`, a full disk's
   * errno, or Interrupted when `signal` ends the waiting.
   */
  async fetch(digest: string, signal: AbortSignal): Promise<void> {
    let transfer = this.running.get(digest);
    if (!transfer) {
      transfer = this.transfer(digest).finally(() => this.running.delete(digest));
      transfer.catch(() => undefined);
      this.running.set(digest, transfer);
    }
    await Promise.race([transfer, aborted(signal)]);
  }

  private async transfer(digest: string): Promise<void> {
    const partial = `${this.paths.image(digest)}.partial`;
    try {
      const grant = await this.ask(digest);
      await failpoint('operator.image.granted');
      let found = await receive(grant, partial, this.clock);
      if (found.resumed && found.digest !== digest) {
        // What an earlier try left may be other than what arrived, as after a power cut: all of it is read anew.
        await rm(partial);
        found = await receive(grant, partial, this.clock);
      }
      if (found.digest !== digest) throw new VmanError('image_rejected', 'The image arrived damaged.');
      await failpoint('operator.image.received');
      await rename(partial, this.paths.image(digest));
      await syncFolder(this.paths.images);
    } catch (error) {
      // What arrived is kept for the next try, unless it is wrong, of no use any more, or in the way.
      if (!isTransient(error)) await rm(partial, { force: true });
      throw error;
    }
  }

  private async ask(digest: string): Promise<ImageGrant> {
    const request = { hostId: this.hostId, digest };
    let grant: ImageGrant;
    try {
      const subject = subjects.intelRpc('image');
      grant = await this.bus.request(subject, imageRequestCodec, request, imageGrantCodec, GRANT_MS);
    } catch (error) {
      if (error instanceof NoReply) {
        throw new VmanError('unavailable', 'intel does not answer where the image is.', { cause: error });
      }
      throw error;
    }
    if (grant.errorCode) throw toError(grant.errorCode, grant.errorMessage);
    return grant;
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof VmanError && error.code === 'unavailable';
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new Interrupted('the image is no longer waited for'));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

interface ReceivedImage {
  digest: string;
  /** A part of it was there before. */
  resumed: boolean;
}

/** Reads the rest of the image behind what is there, and gives the digest of the whole. */
async function receive(grant: ImageGrant, partial: string, clock: Clock): Promise<ReceivedImage> {
  const hash = createHash('sha256');
  const have = await hashExisting(partial, hash);
  const headers: Record<string, string> = { authorization: `Bearer ${grant.ticket}` };
  if (have > 0) headers.range = `bytes=${have}-`;
  const silence = new Silence(clock);
  try {
    const response = await request(grant.url, headers, silence.signal);
    switch (response.status) {
      case 200:
        return {
          digest: await append(response, partial, createHash('sha256'), 'w', silence),
          resumed: false,
        };
      case 206:
        return { digest: await append(response, partial, hash, 'a', silence), resumed: true };
      case 416:
        // All of it is here already.
        return { digest: hash.digest('hex'), resumed: true };
      case 404:
      case 409:
      case 410:
        throw new VmanError('image_missing', 'The image store no longer holds the image.');
      default:
        throw new VmanError('unavailable', `The image store answered with status ${response.status}.`);
    }
  } finally {
    silence.end();
  }
}

/** Aborts its signal when nothing was heard for too long. */
class Silence {
  private readonly controller = new AbortController();
  private timer: Timer;

  constructor(private readonly clock: Clock) {
    this.timer = this.wait();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    this.timer.cancel();
    this.timer = this.wait();
  }

  end(): void {
    this.timer.cancel();
  }

  private wait(): Timer {
    return this.clock.setTimeout(() => this.controller.abort(), SILENCE_MS);
  }
}

async function request(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, redirect: 'error', signal });
  } catch (cause) {
    throw new VmanError('unavailable', 'The image store cannot be reached.', { cause });
  }
}

async function append(
  response: Response,
  partial: string,
  hash: Hash,
  flags: 'a' | 'w',
  silence: Silence,
): Promise<string> {
  if (!response.body) throw new VmanError('unavailable', 'The image store sent nothing.');
  const source = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  const target = createWriteStream(partial, { flags, mode: 0o600, flush: true });
  try {
    await pipeline(
      source,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          silence.heard();
          hash.update(chunk);
          yield chunk;
        }
      },
      target,
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The disk's own fault; that of an aborted transfer has a number for a code.
    if (target.errored && typeof code === 'string' && code.startsWith('E') && !silence.signal.aborted)
      throw error;
    throw new VmanError('unavailable', 'The transfer of the image broke off.', { cause: error });
  }
  return hash.digest('hex');
}

async function hashExisting(partial: string, hash: Hash): Promise<number> {
  try {
    const { size } = await stat(partial);
    await pipeline(createReadStream(partial), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) hash.update(chunk);
    });
    return size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
