import { connect, type Socket } from 'node:net';

/** A connection to a socket of a VM. Rejects when nobody listens there. */
export function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // Its end follows, and that is what matters.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Resolves when the kernel took the bytes, or the connection is over. */
export function writeTo(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    socket.write(bytes, () => resolve());
  });
}
