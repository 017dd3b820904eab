import { randomUUID } from 'node:crypto';
import { type Bus, ByteStream, STREAM_TICK_MS, type Stoppable } from '#libs/bus';
import {
  type ConsoleKind,
  type ConsoleReply,
  consoleReplyCodec,
  consoleRequestCodec,
  type StreamEndReason,
  streamFrameCodec,
  subjects,
} from '#libs/contracts';
import { waitFor } from '#libs/testing';

export interface ConsoleWish {
  hostId: string;
  vmId: string;
  kind?: ConsoleKind;
  replayBytes?: number;
}

/** The other end of a console, as intel has it. */
export class ConsoleClient {
  readonly sessionId = randomUUID();
  /** While false, what comes is not taken, so that the window closes. */
  reading = true;
  ended: StreamEndReason | undefined;
  private readonly got: Uint8Array[] = [];
  private readonly stream: ByteStream;
  private readonly listening: Stoppable;
  private readonly ticking: NodeJS.Timeout;

  private constructor(
    bus: Bus,
    readonly hostId: string,
  ) {
    this.stream = new ByteStream({
      send: (body) => bus.publish(subjects.streamIn(hostId, this.sessionId), streamFrameCodec, { body }),
      now: () => performance.now(),
      onRoom: () => {},
      onData: (bytes) => {
        this.got.push(bytes);
        if (this.reading) this.stream.took(bytes.length);
      },
      onEnd: (reason) => {
        this.ended = reason;
      },
    });
    this.ticking = setInterval(() => this.stream.tick(), STREAM_TICK_MS).unref();
    const subject = subjects.streamOut(hostId, this.sessionId);
    this.listening = bus.subscribe(subject, streamFrameCodec, ({ body }) => this.stream.accept(body));
  }

  static async open(bus: Bus, wish: ConsoleWish): Promise<ConsoleClient> {
    const { client, reply } = await ConsoleClient.ask(bus, wish);
    if (reply.errorCode) throw new Error(`${reply.errorCode}: ${reply.errorMessage}`);
    return client;
  }

  static async ask(bus: Bus, wish: ConsoleWish): Promise<{ client: ConsoleClient; reply: ConsoleReply }> {
    const client = new ConsoleClient(bus, wish.hostId);
    const subject = subjects.hostRpc(wish.hostId, 'console');
    const { sessionId } = client;
    const request = { kind: 'serial' as const, replayBytes: 1024, ...wish, sessionId };
    const reply = await bus.request(subject, consoleRequestCodec, request, consoleReplyCodec, 10_000);
    return { client, reply };
  }

  get bytes(): Buffer {
    return Buffer.concat(this.got);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  type(text: string): void {
    this.stream.write(Buffer.from(text, 'latin1'));
  }

  async says(text: string): Promise<void> {
    await waitFor(() => this.text.includes(text), { what: `the console says ${text}` });
  }

  async ends(): Promise<StreamEndReason> {
    return waitFor(() => this.ended, { what: 'the console ends' });
  }

  close(): void {
    this.stream.end('closed');
    clearInterval(this.ticking);
    this.listening.stop();
  }
}
