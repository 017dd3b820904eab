import { type ExecaError, execa } from 'execa';
import { VmanError } from '#libs/errors';
import { MINIMAL_ENV } from '#libs/qemu';

const LIMIT_MS = 10_000;
/** Runs a program of the host's network and gives its output. Throws `network_unavailable` with its words. */
export async function runTool(program: string, args: readonly string[], input?: string): Promise<string> {
  try {
    const options = { env: MINIMAL_ENV, extendEnv: false, timeout: LIMIT_MS, input: input ?? '' };
    return (await execa(program, args, options)).stdout;
  } catch (error) {
    const { stderr, shortMessage } = error as ExecaError;
    const said = String(stderr ?? '')
      .split('\n')[0]
      ?.trim();
    throw new VmanError('network_unavailable', `${program}: ${said || shortMessage}`, { cause: error });
  }
}
