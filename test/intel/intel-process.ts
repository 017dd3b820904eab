/** intel as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitFor } from '#libs/testing';

export class IntelProcess {
  private readonly child: ChildProcess;
  output = '';

  constructor(
    main: string,
    readonly port: number,
    env: Record<string, string>,
    args: string[] = [],
  ) {
    this.child = spawn(process.execPath, [main, ...args], {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    this.child.stdout?.on('data', hear);
    this.child.stderr?.on('data', hear);
  }

  async ready(): Promise<void> {
    await waitFor(async () => (await fetch(`http://127.0.0.1:${this.port}/ready`)).ok, {
      timeoutMs: 120_000,
      everyMs: 50,
      what: 'intel is ready',
    }).catch((cause) => {
      throw new Error(`intel did not come up: ${this.output.slice(-2000)}`, { cause });
    });
  }

  async gone(): Promise<{ code: number | null; signal: string | null }> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return { code: child.exitCode, signal: child.signalCode };
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    this.child.kill(signal);
    return this.gone();
  }
}
