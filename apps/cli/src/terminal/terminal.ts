import type { Readable, Writable } from 'node:stream';

/** What is drawn next takes the place of all that was there. */
export const HOME_AND_CLEAR = '\u001b[H\u001b[J';

/** Where text goes. */
export interface Output {
  write(text: string): void;
  readonly isTty: boolean;
  /** Width in cells. */
  readonly columns: number;
  /** Whether escape sequences for colours are wanted here. */
  readonly colour: boolean;
}

/** Both ends of the terminal without any text: bytes as they come. */
export interface RawTerminal {
  readonly input: Readable;
  readonly output: Writable;
  /** Whether keys come one by one and mean nothing to the terminal itself; nothing where there is none. */
  setRaw(raw: boolean): void;
}

/** Everything the command needs of the process it runs in, so that tests can stand in for it. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly stdinIsTty: boolean;
  /** All of standard input. */
  readStdin(): Promise<string>;
  /** One line typed by a person; only on a terminal. */
  ask(question: string): Promise<string>;
  raw(): RawTerminal;
  nowMs(): number;
  /** Aborted by Ctrl-C. */
  readonly interrupt: AbortSignal;
}
