import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';

/** One API that a person works with. */
export interface Context {
  url: string;
  token?: string;
  /** Read at each use; wins over `token`. */
  tokenFile?: string;
}

export interface ConfigFile {
  current?: string;
  contexts: Record<string, Context>;
}

export function configPath({ env, home }: Pick<Terminal, 'env' | 'home'>): string {
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'vman', 'config.yaml');
}

/** The file as it is; an absent one is empty. */
export async function readConfig(path: string): Promise<ConfigFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new UsageError(`${path} cannot be read: ${error.message}`);
  });
  if (text.trim() === '') return { contexts: {} };
  const { parse } = await import('yaml');
  try {
    return checked(parse(text));
  } catch (error) {
    throw new UsageError(
      `${path} is not valid: ${(error as Error).message}`,
      'Correct the file, or remove it.',
    );
  }
}

/** Only its owner may read it: it holds tokens. It is never half written. */
export async function writeConfig(path: string, config: ConfigFile): Promise<void> {
  const { stringify } = await import('yaml');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.new`;
  await writeFile(beside, stringify(config), { mode: 0o600 });
  await chmod(beside, 0o600);
  await rename(beside, path);
}

function checked(value: unknown): ConfigFile {
  if (typeof value !== 'object' || value === null) throw new Error('it must have `contexts`');
  const { current, contexts = {} } = value as Partial<ConfigFile>;
  for (const [name, context] of Object.entries(contexts)) {
    if (typeof context?.url !== 'string') throw new Error(`the context ${name} has no url`);
  }
  return { current, contexts };
}
