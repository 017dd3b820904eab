import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Ports that are handed out first must be free: another demo on this machine may have taken them. */
const PROBED = 4;
const SIZE = 100;
const DEFAULT = '30000-32767';
/** Below the ports that Linux gives to outgoing connections. */
const [LOWEST, HIGHEST] = [20_000, 29_000];

/** A range of host ports for the guests' port forwards: the same as last time, else a free one. */
export async function pickForwardRange(last) {
  if (last) return last;
  if (await isFree(DEFAULT)) return DEFAULT;
  for (;;) {
    const start = randomInt(LOWEST, HIGHEST);
    const range = `${start}-${start + SIZE - 1}`;
    if (await isFree(range)) return range;
  }
}

async function isFree(range) {
  const start = Number(range.split('-')[0]);
  for (let port = start; port < start + PROBED; port++) {
    if (!(await canListen(port))) return false;
  }
  return true;
}

function canListen(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
