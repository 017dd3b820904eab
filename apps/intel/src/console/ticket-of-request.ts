import type { IncomingMessage } from 'node:http';
import { VmanError } from '#libs/errors';

export const CONSOLE_PATH = '/v1/console';
export const CONSOLE_PROTOCOL = 'vman.console.v1';
const TICKET_PROTOCOL = 'vman.ticket.';

/**
 * What a request for a WebSocket carries: the ticket, unless it comes as the first frame. Throws VmanError for one
 * that is for another place, from a page of another origin, or that shows its ticket in the URL.
 */
export function ticketOfRequest(
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  allowedOrigins: readonly string[],
): string | undefined {
  const [path, query] = url.split('?', 2);
  if (path !== CONSOLE_PATH) throw new VmanError('not_found', 'There is no WebSocket here.');
  if (query !== undefined) {
    throw new VmanError('invalid_input', 'A ticket in a URL ends up in logs.', {
      hint: `Send it as the sub-protocol ${TICKET_PROTOCOL}<ticket>, or as the first frame.`,
    });
  }
  if (!isAllowed(headers.origin, headers.host, allowedOrigins)) {
    throw new VmanError('forbidden', 'Pages of this origin may open no console.', {
      hint: 'An administrator can add it to VMAN_CONSOLE_ORIGINS.',
    });
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((it) => it.trim());
  return offered.find((it) => it.startsWith(TICKET_PROTOCOL))?.slice(TICKET_PROTOCOL.length);
}

/** Browsers always say where a page comes from; programs need not. */
function isAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** The sub-protocol that is answered; that of the ticket is never said again. */
export function protocolOf(offered: Set<string>): string | false {
  return offered.has(CONSOLE_PROTOCOL) ? CONSOLE_PROTOCOL : false;
}
