import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');
const NODE = join(PROJECT, 'node_modules', '.bin', 'node');
const VMAN = join(PROJECT, 'apps', 'cli', 'bin', 'vman.mjs');

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** How the built command is run. */
export const commandLine = (words: string[]) => [NODE, VMAN, ...words];

/** Nothing but this. */
export const environment = (env: Record<string, string>) => ({
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  ...env,
});

/** Runs the built command as its own process, with nothing in its environment but this. */
export function runVman(words: string[], env: Record<string, string>, stdin = ''): Promise<Ended> {
  return new Promise((done) => {
    const options = {
      env: environment(env),
      encoding: 'utf8',
    } as const;
    const child = execFile(NODE, [VMAN, ...words], options, (error, stdout, stderr) => {
      const exitCode = error ? Number(error.code ?? -1) : 0;
      done({ exitCode, stdout, stderr });
    });
    child.stdin?.end(stdin);
  });
}

/** Milliseconds of processor time that a run takes: unlike those of the clock they do not tell of the neighbours. */
export function processorTimeOf(words: string[]): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@" > /dev/null';
  return new Promise((done, fail) => {
    execFile('bash', ['-c', script, NODE, VMAN, ...words], (error, _stdout, stderr) => {
      const [user, system] = stderr.trim().split(' ').map(Number);
      if (error || user === undefined || system === undefined) fail(error ?? new Error(stderr));
      else done((user + system) * 1000);
    });
  });
}
