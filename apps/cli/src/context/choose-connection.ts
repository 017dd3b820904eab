import { UsageError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import type { ConfigFile, Context } from './config-file.js';

const DEFAULT_URL = 'http://127.0.0.1:7400';

/** Where the API is and how to get the token for it. */
export interface Connection {
  url: string;
  token?: string;
  tokenFile?: string;
  /** For people: where url and token were taken from. */
  origin: string;
}

export interface ConnectionFlags {
  url?: string;
  context?: string;
  tokenFile?: string;
}

/** Whether flags and environment leave nothing for the file to say; then it need not be read. */
export function needsConfig(flags: ConnectionFlags, env: Terminal['env']): boolean {
  const hasToken = flags.tokenFile || env.VMAN_TOKEN || env.VMAN_TOKEN_FILE;
  return !((flags.url || env.VMAN_URL) && hasToken) || flags.context !== undefined;
}

/**
 * The option wins over the environment, and that over the context. A context's token goes only to the context's own
 * server: another URL needs a token of its own.
 */
export function chooseConnection(
  flags: ConnectionFlags,
  env: Terminal['env'],
  config: ConfigFile,
): Connection {
  const name = flags.context ?? (env.VMAN_CONTEXT || config.current);
  const context = name === undefined ? undefined : contextOf(config, name);
  const explicitUrl = flags.url ?? (env.VMAN_URL || undefined);
  const url = checkedUrl(explicitUrl ?? context?.url ?? DEFAULT_URL);
  const origin = explicitUrl ? (flags.url ? '--url' : 'VMAN_URL') : context ? `context ${name}` : 'default';
  if (flags.tokenFile) return { url, tokenFile: flags.tokenFile, origin };
  // a context that was named on the command line brings its token along, whatever the environment holds
  if (!flags.context) {
    if (env.VMAN_TOKEN) return { url, token: env.VMAN_TOKEN.trim(), origin };
    if (env.VMAN_TOKEN_FILE) return { url, tokenFile: env.VMAN_TOKEN_FILE, origin };
  }
  const own = context !== undefined && new URL(context.url).origin === new URL(url).origin;
  return {
    url,
    token: own ? context.token : undefined,
    tokenFile: own ? context.tokenFile : undefined,
    origin,
  };
}

function contextOf(config: ConfigFile, name: string): Context {
  const context = config.contexts[name];
  if (context) return context;
  const known = Object.keys(config.contexts).join(', ') || 'none';
  throw new UsageError(
    `There is no context ${name}.`,
    `There are: ${known}. Make one with \`vman context set\`.`,
  );
}

export function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url && ['http:', 'https:'].includes(url.protocol)) return text.replace(/\/+$/, '');
  throw new UsageError(`${text} is not an http or https URL.`, `Such as ${DEFAULT_URL}.`);
}
