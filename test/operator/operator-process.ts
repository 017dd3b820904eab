/** The operator as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestHost } from './test-host.js';

/** A busy machine takes its time to start a process. */
const STARTS_MS = 30_000;

export class OperatorProcess {
  private child: ChildProcess | undefined;
  output = '';

  constructor(
    private readonly main: string,
    private readonly host: TestHost,
    /** Words before its command line: where it runs. */
    private readonly through: readonly string[] = [],
  ) {}

  /** Resolves with its first heartbeat. */
  async start(extra: Record<string, string> = {}): Promise<void> {
    const beat = this.host.nextBeat(STARTS_MS);
    this.spawn(extra);
    await beat.catch((cause) => {
      throw new Error(`the operator did not come up: ${this.output.slice(-2000)}`, { cause });
    });
  }

  spawn(extra: Record<string, string> = {}): void {
    const env = { PATH: process.env.PATH ?? '', ...this.host.env, ...extra };
    const [program = '', ...words] = [...this.through, process.execPath, this.main];
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const hear = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    this.child = child;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** How it ended by itself, as at a failpoint. */
  async gone(): Promise<{ code: number | null; signal: string | null }> {
    const { child } = this;
    if (!child) return { code: 0, signal: null };
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return { code: child.exitCode, signal: child.signalCode };
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.child?.kill(signal);
    await this.gone();
  }
}
