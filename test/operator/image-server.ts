/** intel's side of an image transfer: the answer over the bus and the file over HTTP with Range. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bus } from '#libs/bus';
import {
  type ImageGrant,
  type ImageRef,
  imageGrantCodec,
  imageRequestCodec,
  subjects,
} from '#libs/contracts';

export class ImageServer {
  readonly ranges: (string | undefined)[] = [];
  asked = 0;
  /** Breaks the connection off after so many bytes, once. */
  breakAfter: number | undefined;
  /** Says no more after so many bytes, and keeps the connection, once. */
  fallSilentAfter: number | undefined;
  /** Answers with other bytes of the same length. */
  damage = false;
  private readonly files = new Map<string, Buffer>();

  private constructor(
    private readonly server: Server,
    private readonly url: string,
  ) {}

  static async start(bus: Bus): Promise<ImageServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const images = new ImageServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    images.serve();
    bus.listen(subjects.intelRpc('image'), undefined, (raw) => {
      const { digest } = imageRequestCodec.decode(raw.data);
      raw.respond(imageGrantCodec.encode(images.grant(digest)));
    });
    return images;
  }

  /** Puts a raw image into the store. */
  add(content: Buffer): ImageRef {
    const digest = createHash('sha256').update(content).digest('hex');
    this.files.set(digest, content);
    return {
      templateId: '',
      digest,
      format: 'raw',
      fileBytes: content.length,
      virtualBytes: content.length,
    };
  }

  /** Takes it away again and gives what it was. */
  remove(digest: string): Buffer {
    const content = this.files.get(digest) ?? Buffer.alloc(0);
    this.files.delete(digest);
    return content;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private grant(digest: string): ImageGrant {
    this.asked += 1;
    const missing = !this.files.has(digest);
    return {
      url: `${this.url}/internal/images/${digest}`,
      ticket: 'ticket',
      expiresAtMs: Date.now() + 60_000,
      errorCode: missing ? 'image_missing' : '',
      errorMessage: missing ? 'The image store no longer holds the image.' : '',
    };
  }

  private serve(): void {
    this.server.on('request', (request, response) => {
      const file = this.files.get(request.url?.split('/').at(-1) ?? '');
      if (!file || request.headers.authorization !== 'Bearer ticket') {
        response.writeHead(404).end();
        return;
      }
      this.ranges.push(request.headers.range);
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const whole = this.damage ? Buffer.alloc(file.length, 7) : file;
      const body = whole.subarray(start);
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': body.length });
      if (this.fallSilentAfter !== undefined) {
        response.write(body.subarray(0, this.fallSilentAfter));
        this.fallSilentAfter = undefined;
        return;
      }
      if (this.breakAfter === undefined) {
        response.end(body);
        return;
      }
      response.write(body.subarray(0, this.breakAfter), () => response.destroy());
      this.breakAfter = undefined;
    });
  }
}
