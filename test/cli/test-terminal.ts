import { PassThrough } from 'node:stream';
import { InterruptedError } from '../../apps/cli/src/errors.js';
import { run } from '../../apps/cli/src/run.js';
import type { Output, RawTerminal, Terminal } from '../../apps/cli/src/terminal/terminal.js';
import { NOW } from '../fake-api/builders.js';

/** A terminal that keeps what is written and types what the test says. */
export class TestTerminal implements Terminal {
  readonly env: Record<string, string | undefined>;
  readonly home: string;
  readonly questions: string[] = [];
  stdinIsTty = false;
  stdin = '';
  /** What the person answers. */
  answers: string[] = [];
  /** What is typed, byte by byte, and what is shown of bytes. */
  readonly keys = new PassThrough();
  readonly screen = new PassThrough();
  isRaw = false;
  private readonly controller = new AbortController();
  readonly interrupt = this.controller.signal;
  private readonly written = { out: '', err: '' };
  out: Output;
  err: Output;

  constructor(options: { env?: Record<string, string>; home?: string; tty?: boolean } = {}) {
    this.env = options.env ?? {};
    this.home = options.home ?? '/nowhere';
    const isTty = options.tty ?? false;
    this.stdinIsTty = isTty;
    const output = (name: 'out' | 'err'): Output => ({
      write: (text) => {
        this.written[name] += text;
        this.onWrite?.(name, text);
      },
      isTty,
      columns: 100,
      colour: isTty,
    });
    this.out = output('out');
    this.err = output('err');
  }

  /** Called with everything that is written. */
  onWrite?: (name: 'out' | 'err', text: string) => void;

  get stdout(): string {
    return this.written.out;
  }

  get stderr(): string {
    return this.written.err;
  }

  pressCtrlC(): void {
    this.controller.abort(new InterruptedError());
  }

  readStdin(): Promise<string> {
    return Promise.resolve(this.stdin);
  }

  ask(question: string): Promise<string> {
    this.questions.push(question);
    return Promise.resolve(this.answers.shift() ?? '');
  }

  raw(): RawTerminal {
    return {
      input: this.keys,
      output: this.screen,
      setRaw: (raw) => {
        this.isRaw = raw;
      },
    };
  }

  nowMs(): number {
    return NOW;
  }

  /** One command line, split at blanks. */
  run(line: string | string[]): Promise<number> {
    return run(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, this);
  }
}
