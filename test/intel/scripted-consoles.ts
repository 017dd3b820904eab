import { type Bus, ByteStream, type Stoppable } from '#libs/bus';
import {
  type ConsoleReply,
  type ConsoleRequest,
  consoleReplyCodec,
  consoleRequestCodec,
  type StreamEndReason,
  streamFrameCodec,
  subjects,
} from '#libs/contracts';

/** The consoles of a scripted operator: each greets, and answers what is typed with the same in capitals. */
export class ScriptedConsoles {
  readonly asked: ConsoleRequest[] = [];
  readonly ended: StreamEndReason[] = [];
  /** What was typed, in the order in which it came. */
  typed = 0;
  answer: ConsoleReply = { errorCode: '', errorMessage: '' };
  /** While false, what is typed is not taken. */
  reading = true;
  private readonly streams: ByteStream[] = [];
  private readonly listening: Stoppable[];

  constructor(
    private readonly bus: Bus,
    private readonly hostId: string,
  ) {
    this.listening = [
      bus.listen(subjects.hostRpc(hostId, 'console'), undefined, (raw) => {
        const request = consoleRequestCodec.decode(raw.data);
        this.asked.push(request);
        raw.respond(consoleReplyCodec.encode(this.answer));
        if (!this.answer.errorCode) this.begin(request);
      }),
    ];
  }

  say(bytes: Uint8Array): void {
    for (const stream of this.streams) stream.write(bytes);
  }

  end(reason: StreamEndReason): void {
    for (const stream of this.streams.splice(0)) stream.end(reason);
  }

  /** Takes what was not taken yet. */
  read(): void {
    this.reading = true;
    for (const stream of this.streams) stream.took(this.typed);
  }

  stop(): void {
    for (const each of this.listening) each.stop();
  }

  private begin({ sessionId }: ConsoleRequest): void {
    const { bus, hostId } = this;
    const stream: ByteStream = new ByteStream({
      send: (body) => bus.publish(subjects.streamOut(hostId, sessionId), streamFrameCodec, { body }),
      now: () => performance.now(),
      onRoom: () => {},
      onData: (bytes) => {
        this.typed += bytes.length;
        if (!this.reading) return;
        stream.took(bytes.length);
        stream.write(Buffer.from(Buffer.from(bytes).toString('latin1').toUpperCase(), 'latin1'));
      },
      onEnd: (reason) => {
        this.ended.push(reason);
        this.streams.splice(this.streams.indexOf(stream), 1);
      },
    });
    this.streams.push(stream);
    const subject = subjects.streamIn(hostId, sessionId);
    this.listening.push(bus.subscribe(subject, streamFrameCodec, ({ body }) => stream.accept(body)));
    stream.write(Buffer.from('login: '));
  }
}
