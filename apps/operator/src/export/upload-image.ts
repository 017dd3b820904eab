/** Sends a file to intel by the ticket of a command, again and again until it is taken, refused or too late. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { delay } from '#libs/clock';
import { isErrorCode, VmanError } from '#libs/errors';
import type { CommandContext } from '../commands/command-handler.js';

const FIRST_WAIT_MS = 1_000;
const WAIT_MAX_MS = 10_000;
const IDLE_MS = 120_000;
const ANSWER_BYTES = 64 * 1024;

/** Where it goes, and what opens that. */
interface Destination {
  url: string;
  ticket: string;
}

/** Throws what intel refuses it with, or `unavailable` when intel was not reached until the deadline. */
export async function uploadImage(
  to: Destination,
  path: string,
  { host, command, signal, progress }: CommandContext,
  firstPercent: number,
): Promise<void> {
  const { size } = await stat(path);
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, WAIT_MAX_MS)) {
    const tell = (sent: number) =>
      progress(firstPercent + Math.floor(((99 - firstPercent) * sent) / Math.max(1, size)));
    const fault = await put(to, path, size, signal, tell);
    signal.throwIfAborted();
    if (!fault) return;
    const final = fault.code !== 'unavailable' && fault.code !== 'conflict';
    if (final || host.clock.now() + wait >= command.deadlineAtMs) throw fault;
    await delay(host.clock, wait);
    signal.throwIfAborted();
  }
}

async function put(
  { url, ticket }: Destination,
  path: string,
  size: number,
  signal: AbortSignal,
  tell: (sent: number) => void,
): Promise<VmanError | undefined> {
  const open = url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = open(url, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${ticket}`,
      'content-type': 'application/octet-stream',
      'content-length': size,
    },
    signal,
    timeout: IDLE_MS,
  });
  request.on('timeout', () => request.destroy(new Error('intel does not take it')));
  const answer = answerOf(request);
  let sent = 0;
  const sending = pipeline(
    createReadStream(path),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        yield chunk;
        sent += chunk.length;
        tell(sent);
      }
    },
    request,
  );
  // A refusal may come before all is sent; then that counts, not the broken sending.
  const [said] = await Promise.allSettled([answer, sending]);
  return said.status === 'fulfilled'
    ? said.value
    : new VmanError('unavailable', 'intel was not reached, or broke off.', { cause: said.reason });
}

function answerOf(request: ClientRequest): Promise<VmanError | undefined> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      readText(response).then((text) => resolve(faultOf(response.statusCode ?? 0, text)), reject);
    });
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) if (text.length < ANSWER_BYTES) text += String(chunk);
  return text;
}

/** The problem that intel tells, by its code. */
function faultOf(status: number, text: string): VmanError | undefined {
  if (status >= 200 && status < 300) return undefined;
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && isErrorCode(code)) return new VmanError(code, String(detail ?? ''));
  } catch {
    // Not an answer of intel: something between us and it.
  }
  return new VmanError('unavailable', `intel answered with status ${status}.`);
}
