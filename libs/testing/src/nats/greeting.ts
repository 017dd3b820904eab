import { connect } from 'node:net';

export interface Greeting {
  server_name?: string;
  jetstream?: boolean;
}

/** What a nats-server says first to each client. Rejects when nobody listens. */
export function greeting(port: number): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setTimeout(1000, () => socket.destroy(new Error('nats-server said nothing within 1 s')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('nats-server closed the connection')));
    socket.on('data', (chunk) => {
      text += chunk;
      const info = /^INFO (\{.*\})\s*\r\n/.exec(text)?.[1];
      if (!info) return;
      socket.destroy();
      resolve(JSON.parse(info));
    });
  });
}
