/**
 * One connection that outlives its server. The client's own defaults give up after ten tries, so every limit is
 * lifted: it dials forever, with jitter so that a fleet does not come back in one instant, and a dead peer is found
 * by pings. The first connection is awaited by a loop of our own, because the client reports nothing while it waits.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
} from '@nats-io/transport-node';
import { checkServer } from './check-server.js';
import type { BusLogger } from './logger.js';

export interface DialOptions {
  /** One or more addresses, comma-separated. */
  url: string;
  /** Shown by the server in its list of connections. */
  name: string;
  token?: string;
  /** A NATS credentials file, as text. */
  credentials?: string;
  /** TLS and nothing else, also where the server would do without; the files are PEM. Left out: if the server asks. */
  tls?: { caFile?: string; certFile?: string; keyFile?: string };
  /** Prefix of reply subjects; a host has its own. Default `_INBOX`. */
  inboxPrefix?: string;
  logger: BusLogger;
}

const PING_INTERVAL_MS = 20_000;
const DIAL_TIMEOUT_MS = 5_000;
/** Between two tries; short enough to be back within two seconds of the server. */
const retryDelayMs = () => 250 + Math.random() * 750;

/** Resolves when connected; rejects only when `signal` fires. */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<NatsConnection> {
  const { url, name, token, credentials, tls, inboxPrefix, logger } = options;
  // The client hands on to Node what it does not know itself.
  const secured = tls && { ...tls, checkServerIdentity: checkServer };
  let lastReason: string | undefined;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await connect({
        servers: url.split(',').map((it) => it.trim()),
        name,
        ...(token ? { token } : {}),
        ...(credentials ? { authenticator: asUser(credentials) } : {}),
        ...(secured ? { tls: secured } : {}),
        ...(inboxPrefix ? { inboxPrefix } : {}),
        maxReconnectAttempts: -1,
        ignoreAuthErrorAbort: true,
        reconnectDelayHandler: retryDelayMs,
        pingInterval: PING_INTERVAL_MS,
        timeout: DIAL_TIMEOUT_MS,
        // A stack for each request costs more than the request; what fails says what it was about.
        noAsyncTraces: true,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Each new reason is worth a look: "connection refused" may become "not authorized".
      const log = reason === lastReason ? logger.debug : logger.warn;
      lastReason = reason;
      log.call(logger, { attempt, reason }, 'NATS is not there yet, trying again');
      await pause(retryDelayMs(), undefined, { signal });
    }
  }
}

/** The client finds the last line of the file by its end, which a setting has lost. */
function asUser(credentials: string): Authenticator {
  return credsAuthenticator(new TextEncoder().encode(`${credentials}\n`));
}
