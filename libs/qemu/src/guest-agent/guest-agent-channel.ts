/**
 * The wire to qemu-ga: one JSON object a line, one client, no ids, no greeting, and silence when the agent does not
 * run. Answers come in the order of the commands, so commands are sent one at a time. After a time limit passed, the
 * next command first says `guest-sync-delimited` with a new number behind the byte 0xFF, which resets the agent's
 * parser; everything before the answer to that number is a late one and is dropped. What the guest sends is not
 * trusted: lines have a limit and the callers check shapes.
 */
import type { Socket } from 'node:net';
import { LineReader, openSocket } from '../qmp/index.js';
import { GuestAgentError, GuestAgentUnavailableError } from './guest-agent-errors.js';

const DEFAULT_TIMEOUT_MS = 5_000;
const SENTINEL = Buffer.from([0xff]);
const SYNC = 'guest-sync-delimited';
const FIRST_SYNC_ID = 1_000_000;

export interface GuestAgentOptions {
  /** Limit of each call that names none. Default 5 s. */
  timeoutMs?: number;
}

type Answer = Record<string, unknown>;

export class GuestAgentChannel {
  private readonly reader = new LineReader();
  private queue: Promise<unknown> = Promise.resolve();
  private take: ((answer: Answer) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;
  private inStep = false;
  /** What comes now is the answer to a command, and not what is dropped to get into step. */
  private inExchange = false;
  private open = true;
  private syncId = FIRST_SYNC_ID + Math.floor(Math.random() * FIRST_SYNC_ID);

  private constructor(
    private readonly socket: Socket,
    private readonly options: GuestAgentOptions,
  ) {
    socket.on('data', (chunk: Buffer) => {
      for (const item of this.reader.push(chunk)) {
        if (item.kind === 'message') this.take?.(item.message);
        else if (this.inExchange) this.fail?.(new Error(item.reason));
      }
    });
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  /** Connects to QEMU's socket; whether an agent runs is seen by the first call. */
  static async connect(path: string, options: GuestAgentOptions = {}): Promise<GuestAgentChannel> {
    try {
      return new GuestAgentChannel(await openSocket(path), options);
    } catch (error) {
      throw new GuestAgentUnavailableError('connect', 'the channel cannot be opened', error);
    }
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Throws GuestAgentError for the agent's own refusals, GuestAgentUnavailableError for everything else. */
  call(
    command: string,
    args?: object,
    timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  ): Promise<unknown> {
    const turn = this.queue.then(() => this.callNow(command, args, timeoutMs));
    this.queue = turn.catch(() => {});
    return turn;
  }

  /** Sends a command that is not answered when it works (`guest-shutdown`). */
  async tell(command: string, args?: object): Promise<void> {
    const turn = this.queue.then(async () => {
      if (!this.inStep) await this.sync(this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      this.inStep = false;
      this.write(command, args);
    });
    this.queue = turn.catch(() => {});
    return turn;
  }

  close(): void {
    this.open = false;
    this.socket.destroy();
    this.fail?.(new Error('the channel is closed'));
  }

  private async callNow(command: string, args: object | undefined, timeoutMs: number): Promise<unknown> {
    const deadline = performance.now() + timeoutMs;
    if (!this.inStep) await this.sync(timeoutMs);
    this.inStep = false;
    this.inExchange = true;
    try {
      const answer = await this.exchange(command, args, deadline - performance.now(), () => true);
      this.inStep = true;
      return unwrap(command, answer);
    } finally {
      this.inExchange = false;
    }
  }

  private async sync(timeoutMs: number): Promise<void> {
    this.syncId += 1;
    const id = this.syncId;
    await this.exchange(SYNC, { id }, timeoutMs, (answer) => answer.return === id);
    this.inStep = true;
  }

  private exchange(
    command: string,
    args: object | undefined,
    timeoutMs: number,
    isAnswer: (answer: Answer) => boolean,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.take = undefined;
        this.fail = undefined;
      };
      this.fail = (error) => {
        end();
        reject(new GuestAgentUnavailableError(command, error.message, error));
      };
      const tooLate = (): void => this.fail?.(new Error(`no answer within ${Math.round(timeoutMs)} ms`));
      const timer = setTimeout(tooLate, timeoutMs);
      this.take = (answer) => {
        if (!isAnswer(answer)) return;
        end();
        resolve(answer);
      };
      if (this.open) this.write(command, args);
      else this.close();
    });
  }

  private write(command: string, args: object | undefined): void {
    const line = Buffer.from(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    this.socket.write(command === SYNC ? Buffer.concat([SENTINEL, line]) : line);
  }
}

function unwrap(command: string, answer: Answer): unknown {
  if (!('error' in answer)) return answer.return;
  const { class: errorClass, desc } = (answer.error ?? {}) as { class?: unknown; desc?: unknown };
  throw new GuestAgentError(command, String(errorClass ?? 'GenericError'), String(desc ?? 'no description'));
}
