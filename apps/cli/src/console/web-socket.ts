/** A console or screen as a WebSocket: what one ticket opens. */

import type { WebSocket } from 'ws';
import { ApiError, type ConsoleKind, type Problem, UnreachableError, type VmanClient } from '#libs/client';
import { type Ending, endingOf } from './close-error.js';

const HANDSHAKE_MS = 10_000;
/** What may wait to be sent before the one who types is held. */
const HIGH_WATER_BYTES = 64 * 1024;

export interface Wish {
  vm: string;
  kind: ConsoleKind;
  replayBytes?: number;
}

export interface Joined {
  /** Resolves with how it ended. */
  ended: Promise<Ending>;
  /** False: wait for `onDrain` before the next. */
  send(bytes: Uint8Array, onDrain: () => void): boolean;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Opens it; what the guest says goes to `onData`. Rejects with an ApiError or UnreachableError. */
export async function openWebSocket(
  client: VmanClient,
  url: string,
  wish: Wish,
  onData: (bytes: Buffer) => void,
): Promise<Joined> {
  const { kind, replayBytes } = wish;
  const { path, protocol, ticket } = await client.consoles.open(wish.vm, { kind, replayBytes });
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(
    `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}${path}`,
    [protocol, `vman.ticket.${ticket}`],
    { handshakeTimeout: HANDSHAKE_MS, perMessageDeflate: false },
  );
  socket.on('message', (bytes: Buffer) => onData(bytes));
  const ended = new Promise<Ending>((resolve) => {
    socket.once('close', (code, reason) => resolve(endingOf(code, reason.toString())));
  });
  await opened(socket, url);
  socket.on('error', () => {});
  return {
    ended,
    send(bytes, onDrain) {
      socket.send(bytes, () => {
        if (socket.bufferedAmount < HIGH_WATER_BYTES) onDrain();
      });
      return socket.bufferedAmount < HIGH_WATER_BYTES;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(1000),
  };
}

function opened(socket: WebSocket, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => reject(new UnreachableError(url, error)));
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => reject(new ApiError(response.statusCode ?? 503, problemIn(text))));
    });
  });
}

function problemIn(text: string): Partial<Problem> {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return { detail: 'The answer is no WebSocket: is there a proxy that lets none through?' };
  }
}
