import { connect, type Socket } from 'node:net';
import { QmpClosedError } from './qmp-errors.js';

/** A process that was just spawned needs some 25 ms until its sockets exist. */
const RETRY_MS = 4;

export interface OpenSocketOptions {
  /** How long a socket that does not exist or refuses is tried again. Default 0: once. */
  waitMs?: number;
  signal?: AbortSignal;
}

function openOnce(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

const isNotThereYet = (error: unknown): boolean =>
  ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Connects to a unix socket, trying again while it does not exist. Throws QmpClosedError `unreachable`. */
export async function openSocket(path: string, options: OpenSocketOptions = {}): Promise<Socket> {
  const { waitMs = 0, signal } = options;
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return await openOnce(path);
    } catch (error) {
      const giveUp = !isNotThereYet(error) || performance.now() >= deadline || signal?.aborted;
      if (giveUp) throw new QmpClosedError('The socket cannot be reached', 'unreachable', error);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
