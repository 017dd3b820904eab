import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../provision/paths.mjs';

/** Takes VMAN_* settings of the checkout's `.env` into our environment; what is there already wins. */
export function readDotEnv(file = join(ROOT, '.env')) {
  if (!existsSync(file)) return;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, name, quoted, plain] =
      /^\s*(?:export\s+)?(VMAN_\w+)\s*=\s*(?:["'](.*)["']|(.*?))\s*$/.exec(line) ?? [];
    if (name) process.env[name] ??= quoted ?? plain;
  }
}

/**
 * A database and a bus that exist already, named by the same settings that the services have.
 * @returns {{databaseUrl?: string, bus?: {url: string, token?: string}}}
 */
export function outsideServers(env = process.env) {
  const databaseUrl = secret(env, 'VMAN_DATABASE_URL');
  const bus = env.VMAN_NATS_URL
    ? { url: env.VMAN_NATS_URL, token: secret(env, 'VMAN_NATS_TOKEN') }
    : undefined;
  return { databaseUrl, bus };
}

function secret(env, name) {
  const file = env[`${name}_FILE`];
  return env[name] || (file ? readFileSync(file, 'utf8').trim() : undefined);
}
