import { GuestAgentChannel, type GuestAgentOptions } from './guest-agent-channel.js';
import { GuestProgramRunsError } from './guest-agent-errors.js';
import {
  type GuestExecResult,
  type GuestInterface,
  type GuestOsInfo,
  numberAnswer,
  readExecStatus,
  readFileChunk,
  readHostName,
  readInterfaces,
  readOsInfo,
  readPid,
} from './guest-answers.js';

/** A guest that freezes answers only after its buffers are on disk. */
const FREEZE_TIMEOUT_MS = 60_000;
const EXEC_POLL_FIRST_MS = 20;
const EXEC_POLL_MAX_MS = 500;
/** Bytes a call; base64 makes 4/3 of it, well below the agent's limit of 48 MB. */
const FILE_CHUNK_BYTES = 256 * 1024;

export interface GuestExec {
  /** Absolute path of the program in the guest; no shell is involved. */
  path: string;
  args?: string[];
  /** `NAME=value`. */
  env?: string[];
  stdin?: Buffer;
  timeoutMs: number;
}

/**
 * What VMAN asks of qemu-ga in a guest. Each call has a time limit and throws GuestAgentError (the agent refused) or
 * GuestAgentUnavailableError (no answer, or none that makes sense).
 */
export class GuestAgentClient {
  private constructor(private readonly channel: GuestAgentChannel) {}

  /** Connects to QEMU's socket of the channel; QEMU serves one client. */
  static async connect(path: string, options?: GuestAgentOptions): Promise<GuestAgentClient> {
    return new GuestAgentClient(await GuestAgentChannel.connect(path, options));
  }

  get isOpen(): boolean {
    return this.channel.isOpen;
  }

  close(): void {
    this.channel.close();
  }

  async ping(timeoutMs?: number): Promise<void> {
    await this.channel.call('guest-ping', undefined, timeoutMs);
  }

  async networkInterfaces(): Promise<GuestInterface[]> {
    return readInterfaces(await this.channel.call('guest-network-get-interfaces'));
  }

  async osInfo(): Promise<GuestOsInfo> {
    return readOsInfo(await this.channel.call('guest-get-osinfo'));
  }

  async hostName(): Promise<string | undefined> {
    return readHostName(await this.channel.call('guest-get-host-name'));
  }

  /** Stops all writing in the guest; the number of file systems. Thaw soon, also after a failure. */
  async freeze(timeoutMs = FREEZE_TIMEOUT_MS): Promise<number> {
    const command = 'guest-fsfreeze-freeze';
    return numberAnswer(command, await this.channel.call(command, undefined, timeoutMs));
  }

  async thaw(timeoutMs = FREEZE_TIMEOUT_MS): Promise<number> {
    const command = 'guest-fsfreeze-thaw';
    return numberAnswer(command, await this.channel.call(command, undefined, timeoutMs));
  }

  /** Asks the guest to end; the end of QEMU is the answer. */
  async shutdown(mode: 'powerdown' | 'reboot' | 'halt'): Promise<void> {
    await this.channel.tell('guest-shutdown', { mode });
  }

  /** Sets the guest's clock to the given Unix ms. */
  async setTime(unixMs: number): Promise<void> {
    await this.channel.call('guest-set-time', { time: unixMs * 1_000_000 });
  }

  async setUserPassword(username: string, password: string): Promise<void> {
    const encoded = Buffer.from(password).toString('base64');
    await this.channel.call('guest-set-user-password', { username, password: encoded, crypted: false });
  }

  /**
   * Runs a program and waits for its end. After the time limit it goes on in the guest, unwatched, and
   * GuestProgramRunsError is thrown.
   */
  async exec({ path, args = [], env, stdin, timeoutMs }: GuestExec): Promise<GuestExecResult> {
    const deadline = performance.now() + timeoutMs;
    const request = {
      ...{ path, arg: args, env, 'capture-output': true },
      ...(stdin === undefined ? {} : { 'input-data': stdin.toString('base64') }),
    };
    const pid = readPid('guest-exec', await this.channel.call('guest-exec', request, timeoutMs));
    let pause = EXEC_POLL_FIRST_MS;
    for (;;) {
      const result = readExecStatus(await this.channel.call('guest-exec-status', { pid }));
      if (result !== undefined) return result;
      if (performance.now() + pause > deadline) {
        throw new GuestProgramRunsError(pid, timeoutMs);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, EXEC_POLL_MAX_MS);
    }
  }

  /** The first `maxBytes` of a file of the guest. */
  async readFile(path: string, maxBytes: number): Promise<Buffer> {
    return this.withFile(path, 'r', async (handle) => {
      const chunks: Buffer[] = [];
      let length = 0;
      while (length < maxBytes) {
        const count = Math.min(FILE_CHUNK_BYTES, maxBytes - length);
        const { data, eof } = readFileChunk(await this.channel.call('guest-file-read', { handle, count }));
        chunks.push(data.subarray(0, count));
        length += data.length;
        if (eof || data.length === 0) break;
      }
      return Buffer.concat(chunks);
    });
  }

  /** Replaces a file of the guest. */
  async writeFile(path: string, data: Buffer): Promise<void> {
    await this.withFile(path, 'w', async (handle) => {
      for (let from = 0; from < data.length; from += FILE_CHUNK_BYTES) {
        const chunk = data.subarray(from, from + FILE_CHUNK_BYTES).toString('base64');
        await this.channel.call('guest-file-write', { handle, 'buf-b64': chunk });
      }
    });
  }

  private async withFile<T>(path: string, mode: 'r' | 'w', use: (handle: number) => Promise<T>): Promise<T> {
    const command = 'guest-file-open';
    const handle = numberAnswer(command, await this.channel.call(command, { path, mode }));
    try {
      return await use(handle);
    } finally {
      await this.channel.call('guest-file-close', { handle });
    }
  }
}
