/** The root shell at the serial console of the small guest. */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '#libs/testing';

const BOOTS_MS = 180_000;

export class GuestShell {
  private said = '';
  private asked = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.said += chunk.toString();
    });
  }

  /** Resolves once the guest has booted and the shell answers. */
  static async open(runFolder: string, vmId: string): Promise<GuestShell> {
    const socket = connect(join(runFolder, vmId.slice(-12), 'serial.sock'));
    const shell = new GuestShell(socket);
    await waitFor(
      () => {
        socket.write('\n');
        return shell.said.includes('# ');
      },
      { timeoutMs: BOOTS_MS, everyMs: 500, what: 'the shell of the guest answers' },
    );
    await shell.run('stty -echo; PS1=');
    return shell;
  }

  /** What a command says, with its exit code. */
  async run(command: string, timeoutMs = 30_000): Promise<{ code: number; output: string }> {
    this.asked += 1;
    const mark = `done-${this.asked}`;
    const from = this.said.length;
    // The mark is put together by the shell, so that the echo of the line is not taken for it.
    this.socket.write(`${command}; echo "do""ne-${this.asked} $?"\n`);
    const pattern = new RegExp(`${mark} (\\d+)`);
    const found = await waitFor(() => pattern.exec(this.said.slice(from)), {
      timeoutMs,
      everyMs: 50,
      what: `the guest answers ${command}: ${this.said.slice(from)}`,
    });
    return { code: Number(found[1]), output: this.said.slice(from, from + found.index) };
  }

  /** Repeats a command until it succeeds. */
  async until(command: string, timeoutMs = 60_000): Promise<string> {
    const done = async () => {
      const { code, output } = await this.run(command);
      return code === 0 && { output };
    };
    return (await waitFor(done, { timeoutMs, everyMs: 500, what: `in the guest: ${command}` })).output;
  }

  close(): void {
    this.socket.destroy();
  }
}
