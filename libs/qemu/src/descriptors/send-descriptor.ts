/**
 * Passes an open file to the process at the other end of a unix socket, beside a line of text. Node has the socket:
 * nothing of it may wait in Node's buffers, or bytes would overtake others.
 */
import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { loadLibc } from './libc.js';

/** Sends the whole line, or throws; the file may be closed afterwards. */
export async function sendDescriptor(socket: Socket, line: string, fd: number): Promise<void> {
  const libc = await loadLibc();
  while (socket.writableLength > 0) await flushed(socket);
  // From here to the call nothing waits, so nobody else writes.
  const bytes = Buffer.from(line);
  const { result, errno } = libc.sendDescriptor(descriptorOf(socket), bytes, fd);
  if (result === bytes.length) return;
  if (result >= 0) socket.destroy();
  throw new Error(
    `passing a file: ${result < 0 ? getSystemErrorName(-errno) : 'the socket took half a line'}`,
  );
}

function flushed(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write('', (error) => (error ? reject(error) : resolve()));
  });
}

/** Node keeps it where it says that nobody should look; there is no other way to it. */
function descriptorOf(socket: Socket): number {
  const { fd } = (socket as Socket & { _handle?: { fd?: number } })._handle ?? {};
  if (fd === undefined || fd < 0) throw new Error('passing a file: the socket is closed');
  return fd;
}
