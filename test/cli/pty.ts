import { type ChildProcess, spawn } from 'node:child_process';
import { waitFor } from '#libs/testing';
import { commandLine, environment } from './run-vman.js';

/** The built command on a terminal of its own, as a person has it: `script` makes the pty. */
export class Pty {
  shown = '';
  exitCode: number | undefined;
  private readonly child: ChildProcess;

  constructor(words: string[], env: Record<string, string>) {
    const line = commandLine(words)
      .map((word) => `'${word}'`)
      .join(' ');
    this.child = spawn('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
      env: { ...environment(env), TERM: 'xterm', SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout?.on('data', (chunk) => {
      this.shown += chunk;
    });
    this.child.once('close', (code) => {
      this.exitCode = code ?? -1;
    });
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  async shows(text: string | RegExp, timeoutMs = 30_000): Promise<void> {
    const found = () => (typeof text === 'string' ? this.shown.includes(text) : text.test(this.shown));
    await waitFor(found, { timeoutMs, what: `the terminal shows ${text}` }).catch((cause) => {
      throw new Error(`the terminal shows ${JSON.stringify(this.shown.slice(-2000))}`, { cause });
    });
  }

  async ends(): Promise<number> {
    await waitFor(() => this.exitCode !== undefined, { what: 'the command ends' });
    return this.exitCode ?? -1;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
