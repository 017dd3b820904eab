import type { GuestAnswer, GuestAsk } from '#libs/contracts';
import type { GuestAgentClient, GuestExecResult } from '#libs/qemu';
import type { FreezeKeeper } from './freeze-keeper.js';
import { toldInterfaces } from './guest-facts.js';

/** Of each output of a program, and of a file that is read. */
export const OUTPUT_MAX_BYTES = 1024 * 1024;

const DONE: GuestAnswer = { $case: 'done', value: {} };

export type LiveAsk = Exclude<GuestAsk, { $case: 'nextPart' }>;

/** Asks the guest's agent for one thing. Throws what the agent throws. */
export async function carryOutAsk(
  ask: LiveAsk,
  client: GuestAgentClient,
  freezes: FreezeKeeper,
  timeoutMs: number,
): Promise<GuestAnswer> {
  switch (ask.$case) {
    case 'ping':
      await client.ping(timeoutMs);
      return DONE;
    case 'addresses': {
      const interfaces = toldInterfaces(await client.networkInterfaces());
      return { $case: 'addresses', value: { interfaces } };
    }
    case 'freeze':
      return { $case: 'frozen', value: await freezes.freeze(ask.value.thawAfterMs, timeoutMs) };
    case 'thaw':
      return { $case: 'thawed', value: { fileSystems: await freezes.thaw(timeoutMs) } };
    case 'exec': {
      const { path, arguments: args, environment, stdin } = ask.value;
      const env = environment.length > 0 ? environment : undefined;
      return { $case: 'exec', value: cutOutputs(await client.exec({ path, args, env, stdin, timeoutMs })) };
    }
    case 'setPassword':
      await client.setUserPassword(ask.value.user, ask.value.password);
      return DONE;
    case 'readFile': {
      const most = Math.min(ask.value.maxBytes, OUTPUT_MAX_BYTES);
      const content = await client.readFile(ask.value.path, most + 1);
      const truncated = content.length > most;
      return { $case: 'file', value: { content: content.subarray(0, most), truncated } };
    }
    case 'writeFile':
      await client.writeFile(ask.value.path, ask.value.content);
      return DONE;
  }
}

/** The agent does not say which output it cut: then both count as cut. */
export function cutOutputs({ exitCode, signal, stdout, stderr, truncated }: GuestExecResult) {
  return {
    exitCode,
    signal,
    stdout: stdout.subarray(0, OUTPUT_MAX_BYTES),
    stderr: stderr.subarray(0, OUTPUT_MAX_BYTES),
    stdoutTruncated: truncated || stdout.length > OUTPUT_MAX_BYTES,
    stderrTruncated: truncated || stderr.length > OUTPUT_MAX_BYTES,
  };
}
