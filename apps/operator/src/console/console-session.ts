import { ByteStream } from '#libs/bus';
import type { StreamBody, StreamEndReason } from '#libs/contracts';
import type { ConsoleLine } from './console-line.js';

export interface ConsoleSessionOptions {
  send: (body: StreamBody) => void;
  now: () => number;
  onEnd: (reason: StreamEndReason) => void;
}

/** One viewer: the bytes of a line in one direction as far as there is room, and those typed in the other. */
export class ConsoleSession {
  private line: ConsoleLine | undefined;
  private readonly stream: ByteStream;

  constructor(private readonly options: ConsoleSessionOptions) {
    this.stream = new ByteStream({
      send: options.send,
      now: options.now,
      onData: (bytes) => void this.type(bytes),
      onRoom: () => this.pump(),
      onEnd: (reason) => this.finish(reason),
    });
  }

  get counts() {
    return this.stream.counts;
  }

  begin(line: ConsoleLine): void {
    this.line = line;
    this.pump();
  }

  accept(body: StreamBody): void {
    this.stream.accept(body);
  }

  tick(): void {
    this.stream.tick();
  }

  pump(): void {
    for (;;) {
      const bytes = this.line?.read(this.stream.room);
      if (bytes === undefined) return;
      this.stream.write(bytes);
    }
  }

  end(reason: StreamEndReason): void {
    // What the guest said last comes first.
    this.pump();
    this.stream.end(reason);
  }

  private async type(bytes: Uint8Array): Promise<void> {
    await this.line?.write(bytes);
    this.stream.took(bytes.length);
  }

  private finish(reason: StreamEndReason): void {
    this.line?.close();
    this.options.onEnd(reason);
  }
}
