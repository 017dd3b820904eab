/**
 * The screen of a VM for a VNC viewer on this machine: a listener on loopback, or a unix socket, whose connections go
 * on through the API, each with a ticket of its own. On loopback anybody of this machine could come, so a connection
 * of another user is refused where the kernel tells whose it is.
 */
import { readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { UsageError } from '../errors.js';
import { errorText } from '../output/error-text.js';
import type { Session } from '../session.js';
import { ownerOfConnection } from './owner-of-connection.js';
import { openWebSocket } from './web-socket.js';

export interface ScreenOptions {
  port?: number;
  socket?: string;
  /** Whether another viewer may come when one has left. */
  keep: boolean;
}

const LOOPBACK = '127.0.0.1';
const PRIVATE = 0o077;

export async function showScreen(session: Session, vm: string, options: ScreenOptions): Promise<void> {
  const client = await session.client();
  const found = await client.vms.get(vm);
  if (!found.spec.vnc) {
    throw new UsageError(`${vm} has no screen.`, `vman vm update ${vm} --vnc, and start it anew.`);
  }
  const server = createServer({ pauseOnConnect: true });
  await listen(server, options);
  const { terminal } = session;
  session.say(whereText(server, found.name));
  await new Promise<void>((resolve) => {
    const stop = () => void server.close(() => resolve());
    terminal.interrupt.addEventListener('abort', stop, { once: true });
    server.on('connection', async (viewer) => {
      const taken = await serve(session, vm, viewer);
      if (taken && !options.keep) stop();
    });
  });
  if (options.socket) await rm(options.socket, { force: true });
  terminal.interrupt.throwIfAborted();
}

/** Serves one viewer to its end; false when it was not let in. */
async function serve(session: Session, vm: string, viewer: Socket): Promise<boolean> {
  viewer.on('error', () => viewer.destroy());
  const { err, interrupt } = session.terminal;
  if (await isForeign(viewer)) {
    err.write('A connection of another user of this machine was refused.\n');
    viewer.destroy();
    return false;
  }
  try {
    const client = await session.client();
    const { url } = await session.connection();
    const joined = await openWebSocket(client, url, { vm, kind: 'screen' }, (bytes) => {
      if (viewer.write(bytes)) return;
      joined.pause();
      viewer.once('drain', () => joined.resume());
    });
    viewer.on('data', (bytes) => {
      if (!joined.send(bytes, () => viewer.resume())) viewer.pause();
    });
    viewer.once('close', () => joined.close());
    interrupt.addEventListener('abort', () => viewer.destroy(), { once: true });
    viewer.resume();
    const ending = await joined.ended;
    if (ending.kind === 'error') throw ending.error;
    if (ending.kind === 'vm-stopped') err.write(`${vm} has stopped.\n`);
  } catch (error) {
    err.write(errorText(error, session.format, err.colour));
  }
  viewer.destroy();
  return true;
}

async function listen(server: Server, { port = 0, socket }: ScreenOptions): Promise<void> {
  // A socket that others may open would show them the screen.
  const before = process.umask(PRIVATE);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new UsageError(`Nobody can listen there: ${error.message}`)));
      if (socket === undefined) server.listen(port, LOOPBACK, resolve);
      else server.listen(socket, resolve);
    });
  } finally {
    process.umask(before);
  }
}

function whereText(server: Server, vm: string): string {
  const at = server.address() as AddressInfo | string;
  const viewer = typeof at === 'string' ? `vncviewer ${at}` : `vncviewer ${LOOPBACK}::${at.port}`;
  const where = typeof at === 'string' ? at : `${LOOPBACK}:${at.port}`;
  return `The screen of ${vm} waits for a VNC viewer at ${where}: ${viewer}`;
}

async function isForeign(viewer: Socket): Promise<boolean> {
  const { remotePort, localPort } = viewer;
  if (remotePort === undefined || localPort === undefined) return false;
  const table = await readFile('/proc/net/tcp', 'utf8').catch(() => '');
  const owner = ownerOfConnection(table, remotePort, localPort);
  return owner !== undefined && owner !== process.getuid?.();
}
