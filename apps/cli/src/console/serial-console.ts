/**
 * A person, or a script, at the serial console of a guest. On a terminal every key goes to the guest, Ctrl-C too, and
 * one key leaves. Without one the input is typed as it comes, and the session ends when the input has ended and the
 * guest was quiet for a while. Neither side is read faster than the other takes.
 */
import type { Session } from '../session.js';
import type { RawTerminal } from '../terminal/terminal.js';
import type { Ending } from './close-error.js';
import { cutAtEscape, keyName } from './escape-key.js';
import { type Joined, openWebSocket } from './web-socket.js';

const RESET_COLOURS = '\u001b[0m';

export interface SerialFlags {
  /** The key that leaves; undefined: none. */
  leave: number | undefined;
  replayBytes: number | undefined;
  quietMs: number;
}

export async function serialConsole(session: Session, vm: string, flags: SerialFlags): Promise<void> {
  const { terminal } = session;
  const client = await session.client();
  const { url } = await session.connection();
  const raw = terminal.raw();
  const typing = new Typing(raw, flags, terminal.stdinIsTty);
  const joined = await openWebSocket(
    client,
    url,
    { vm, kind: 'serial', replayBytes: flags.replayBytes },
    (bytes) => {
      typing.heard();
      if (!raw.output.write(bytes)) hold(joined, raw);
    },
  );
  if (terminal.err.isTty) {
    const leaves = flags.leave === undefined ? '' : ` ${keyName(flags.leave)} leaves.`;
    terminal.err.write(`The serial console of ${vm}.${leaves}\r\n`);
  }
  const onInterrupt = () => joined.close();
  terminal.interrupt.addEventListener('abort', onInterrupt, { once: true });
  typing.begin(joined);
  try {
    tell(session, vm, await joined.ended);
  } finally {
    typing.end();
    terminal.interrupt.removeEventListener('abort', onInterrupt);
  }
  if (terminal.interrupt.aborted) throw terminal.interrupt.reason;
}

function tell({ terminal }: Session, vm: string, ending: Ending): void {
  if (terminal.out.isTty) terminal.out.write(`${RESET_COLOURS}\r\n`);
  switch (ending.kind) {
    case 'closed':
      return;
    case 'vm-stopped':
      terminal.err.write(`${vm} has stopped.\n`);
      return;
    case 'error':
      throw ending.error;
  }
}

function hold(joined: Joined, { output }: RawTerminal): void {
  joined.pause();
  if (output.listenerCount('drain') === 0) output.once('drain', () => joined.resume());
}

class Typing {
  private joined: Joined | undefined;
  private inputEnded = false;
  private quiet: NodeJS.Timeout | undefined;
  private readonly onData = (bytes: Buffer) => this.typed(bytes);
  private readonly onEnd = () => {
    this.inputEnded = true;
    this.heard();
  };

  constructor(
    private readonly raw: RawTerminal,
    private readonly flags: SerialFlags,
    private readonly isTty: boolean,
  ) {}

  begin(joined: Joined): void {
    this.joined = joined;
    this.raw.setRaw(true);
    this.raw.input.on('data', this.onData);
    this.raw.input.once('end', this.onEnd);
  }

  /** The guest said something; once nobody types any more, it is waited for until it is quiet. */
  heard(): void {
    if (!this.inputEnded) return;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.joined?.close(), this.flags.quietMs);
  }

  end(): void {
    clearTimeout(this.quiet);
    const { input } = this.raw;
    input.off('data', this.onData);
    input.off('end', this.onEnd);
    input.pause();
    this.raw.setRaw(false);
  }

  private typed(bytes: Buffer): void {
    const { typed, left } = cutAtEscape(bytes, this.isTty ? this.flags.leave : undefined);
    const { input } = this.raw;
    if (typed.length > 0 && this.joined?.send(typed, () => input.resume()) === false) input.pause();
    if (left) this.joined?.close();
  }
}
