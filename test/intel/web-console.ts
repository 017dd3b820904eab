import { type RawData, WebSocket } from 'ws';
import { waitFor } from '#libs/testing';

export interface WebConsoleOptions {
  origin?: string;
  /** Sent as the first frame instead of as a sub-protocol. */
  asFrame?: boolean;
  path?: string;
}

/** A console as a browser opens it. */
export class WebConsole {
  closed: { code: number; reason: string } | undefined;
  /** The status of the answer when there was no WebSocket. */
  refused: number | undefined;
  private readonly got: Buffer[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: RawData) => void this.got.push(data as Buffer));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    socket.on('unexpected-response', (_request, response) => {
      this.refused = response.statusCode;
      response.destroy();
    });
    socket.on('error', () => {});
  }

  static open(port: number, ticket: string, options: WebConsoleOptions = {}): WebConsole {
    const protocols = ['vman.console.v1', ...(options.asFrame ? [] : [`vman.ticket.${ticket}`])];
    const url = `ws://127.0.0.1:${port}${options.path ?? '/v1/console'}`;
    const console = new WebConsole(
      new WebSocket(url, protocols, options.origin ? { origin: options.origin } : {}),
    );
    if (options.asFrame) console.socket.once('open', () => console.socket.send(ticket));
    return console;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.got);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  async says(text: string, timeoutMs = 30_000): Promise<void> {
    await waitFor(() => this.text.includes(text), {
      timeoutMs,
      what: `the console says ${JSON.stringify(text)}`,
    });
  }

  async ends(): Promise<{ code: number; reason: string }> {
    return waitFor(() => this.closed, { what: 'the WebSocket is closed' });
  }

  async refusal(): Promise<number> {
    return waitFor(() => this.refused, { what: 'the WebSocket is refused' });
  }
}
