import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '#libs/testing';
import { PROJECT } from './project-root.js';

const NODE = join(PROJECT, 'node_modules', '.bin', 'node');
/** A start takes 2 s; on a machine that is busy with other tests it may take this long. */
const READY_MS = 90_000;

export interface ServiceOptions {
  name: 'intel' | 'operator' | 'observer';
  port: number;
  env: Record<string, string>;
  logFile: string;
  /** Words before its command line: where it runs. Its port is not reached from here then. */
  through?: readonly string[];
}

/** One of the trio as its own process, as it runs on a host. */
export class Service {
  private child: ChildProcess | undefined;

  constructor(private readonly options: ServiceOptions) {}

  get url(): string {
    return `http://127.0.0.1:${this.options.port}`;
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it logged, all starts together. */
  get log(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  /** Starts the process; `extra` holds for this start alone. */
  start(extra: Record<string, string> = {}): void {
    const main = join(PROJECT, 'dist', 'apps', this.options.name, 'src', 'main.js');
    const log = createWriteStream(this.options.logFile, { flags: 'a' });
    const env = { PATH: process.env.PATH ?? '', ...this.options.env, ...extra };
    // The name says to which run it belongs, so that the keeper ends it when the run is killed.
    const args = [`--title=${this.options.logFile}`, '--enable-source-maps', main];
    const [program = NODE, ...words] = [...(this.options.through ?? []), NODE, ...args];
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    this.child = child;
  }

  async ready(): Promise<void> {
    const check = async () => {
      if (!this.running) throw new Error(`${this.options.name} ended:\n${this.log.slice(-3000)}`);
      if (this.options.through) return true;
      return (await fetch(`${this.url}/ready`)).ok;
    };
    await waitFor(check, { timeoutMs: READY_MS, everyMs: 50, what: `${this.options.name} is ready` });
  }

  /** Ends it and waits until it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.child || !this.running) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }

  /** A process like this one, with a port and a log of its own, beside it; not started yet. */
  replica(port: number, env: Record<string, string> = {}): Service {
    const { options } = this;
    const portSetting = `VMAN_${options.name.toUpperCase()}_PORT`;
    return new Service({
      ...options,
      port,
      env: { ...options.env, ...env, [portSetting]: String(port) },
      logFile: `${options.logFile}-${port}`,
    });
  }

  /** Holds it where it is, as a debugger or a frozen machine would. */
  freeze(): void {
    if (this.running) this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** How it ended; undefined while it runs. */
  get exitCode(): number | null | undefined {
    return this.child?.exitCode;
  }

  /** Which signal ended it; undefined while it runs. */
  get signal(): NodeJS.Signals | null | undefined {
    return this.child?.signalCode;
  }

  /** Resolves when it ended by itself, as at a failpoint. */
  async gone(): Promise<void> {
    if (this.child && this.running) await once(this.child, 'exit');
  }
}
