/**
 * Opens a URL that a user gave. Its name is resolved once, every address of it is judged, and the connection goes to
 * the address that was judged: a name that resolves to something else a moment later changes nothing. Each redirect
 * is a new URL and judged like the first.
 */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { VmanError } from '#libs/errors';
import type { AddressRules } from './address-rules.js';
import type { Resolve } from './resolver.js';

const REDIRECTS_MAX = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const ANSWER_MS = 30_000;

export interface UrlRules {
  schemes: readonly string[];
  addresses: AddressRules;
  resolve: Resolve;
}

export interface OpenOptions {
  headers: Record<string, string>;
  signal: AbortSignal;
}

const refuse = (message: string) => new VmanError('source_refused', message);

/** The URL, when its form and scheme are allowed. Throws source_refused. */
export function allowedUrl(text: string, schemes: readonly string[]): URL {
  const url = URL.parse(text);
  if (!url) throw refuse('The source is not a URL.');
  if (!schemes.includes(url.protocol.slice(0, -1))) {
    throw refuse(
      schemes.length === 0 ? 'This server fetches from no URL.' : `Only ${schemes.join(', ')} is fetched.`,
    );
  }
  if (url.username || url.password) throw refuse('A URL with a user name or password is not fetched.');
  return url;
}

/** The answer that is no redirect, with its body unread. Throws source_refused or source_failed. */
export async function openUrl(text: string, rules: UrlRules, options: OpenOptions): Promise<IncomingMessage> {
  let url = allowedUrl(text, rules.schemes);
  for (let redirects = 0; ; redirects += 1) {
    const address = await judgedAddress(url, rules);
    const answer = await ask(url, address, options);
    if (!REDIRECTS.includes(answer.statusCode ?? 0)) return answer;
    answer.destroy();
    if (redirects === REDIRECTS_MAX) throw new VmanError('source_failed', 'The source redirects too often.');
    const next = URL.parse(answer.headers.location ?? '', url.href);
    if (!answer.headers.location || !next) {
      throw new VmanError('source_failed', 'The source redirects to nowhere.');
    }
    url = allowedUrl(next.href, rules.schemes);
  }
}

async function judgedAddress(url: URL, { addresses, resolve }: UrlRules): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const found = isIP(host) ? [host] : await lookUp(host, resolve);
  const first = found[0];
  if (first === undefined) throw new VmanError('source_failed', 'The host of the source has no address.');
  // One forbidden address among good ones is an attempt, or a mistake: neither is followed.
  if (!found.every((it) => addresses.allows(it))) {
    throw refuse('The host of the source has an address that this server does not fetch from.');
  }
  return first;
}

async function lookUp(host: string, resolve: Resolve): Promise<string[]> {
  try {
    return await resolve(host);
  } catch (cause) {
    throw new VmanError('source_failed', 'The host of the source is not known.', { cause });
  }
}

function ask(url: URL, address: string, { headers, signal }: OpenOptions): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const options: RequestOptions & { servername?: string } = {
    host: address,
    port: url.port || (secure ? 443 : 80),
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host, 'user-agent': 'vman', 'accept-encoding': 'identity' },
    signal,
    agent: false,
    timeout: ANSWER_MS,
    // The certificate must be that of the name, although the connection goes to an address.
    ...(secure && !isIP(url.hostname) ? { servername: url.hostname } : {}),
  };
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown) =>
      reject(new VmanError('source_failed', 'The source was not reached, or broke off.', { cause }));
    const request = (secure ? httpsRequest : httpRequest)(options, resolve);
    request.on('error', failed);
    request.on('timeout', () => request.destroy(new Error(`no answer in ${ANSWER_MS} ms`)));
    request.end();
  });
}
