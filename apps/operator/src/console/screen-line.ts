import type { ConsoleLine, LineListener } from './console-line.js';
import { openSocket, writeTo } from './open-socket.js';

/**
 * A connection of its own to QEMU's VNC server for each viewer. It is read only as fast as the viewer takes it; QEMU
 * itself then draws less often, and the guest never waits.
 */
export async function openScreen(path: string, listener: LineListener): Promise<ConsoleLine> {
  const socket = await openSocket(path);
  socket.on('readable', () => listener.onReadable());
  socket.once('close', () => listener.onEnd());
  return {
    read(maxBytes) {
      const count = Math.min(maxBytes, socket.readableLength);
      // Asks for more when there is nothing.
      return (count > 0 ? socket.read(count) : maxBytes > 0 ? socket.read() : null) ?? undefined;
    },
    write: (bytes) => writeTo(socket, bytes),
    close: () => void socket.destroy(),
  };
}
