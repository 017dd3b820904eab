import { createServer } from 'node:net';

/** A free TCP port of the loopback interface: the preferred one when it is free. */
export async function freePort(preferred = 0) {
  return (await tryPort(preferred)) ?? (await tryPort(0));
}

function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
