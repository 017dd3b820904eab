import { connect } from 'node:net';
import { KEEPER_VARIABLE } from './start-keeper.js';

/** The address of a server of this run, started if it was not. */
export async function askKeeper(server: 'postgres'): Promise<string> {
  const path = process.env[KEEPER_VARIABLE];
  if (!path) throw new Error('there are no servers here: this test belongs to integration, e2e or slow');
  const { url, error } = await new Promise<{ url?: string; error?: string }>((resolve, reject) => {
    let text = '';
    const socket = connect(path, () => socket.write(`${server}\n`));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(JSON.parse(text || '{"error":"the keeper of the test servers ended"}')));
  });
  if (!url) throw new Error(`the test server ${server} does not start: ${error}`);
  return url;
}
