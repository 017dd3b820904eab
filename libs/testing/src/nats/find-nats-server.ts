import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../../../..');
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** VMAN_NATS_SERVER, then PATH, then what `npm start` and `npm test` download into `.data/cache/nats`. */
export function findNatsServer(): string {
  const given = process.env.VMAN_NATS_SERVER;
  if (given) {
    if (isProgram(given)) return given;
    throw new Error(`VMAN_NATS_SERVER=${given} is not an executable file`);
  }
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...SYSTEM_FOLDERS];
  const found = folders.map((folder) => join(folder, 'nats-server')).find(isProgram) ?? downloaded();
  if (!found)
    throw new Error('there is no nats-server: set VMAN_NATS_SERVER or run `npm test`, which fetches it');
  return found;
}

function downloaded(): string | undefined {
  const cache = join(PROJECT, '.data', 'cache', 'nats');
  if (!existsSync(cache)) return undefined;
  return readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/nats-server') || path === 'nats-server')
    .map((path) => join(cache, path))
    .find(isProgram);
}
