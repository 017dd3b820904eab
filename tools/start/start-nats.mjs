import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../provision/port.mjs';
import { tailOf } from './log-tail.mjs';
import { endProcesses, pause, processesWith, startProcess } from './processes.mjs';

const READY_MS = 20_000;
const STOP_MS = 8_000;

/**
 * A nats-server with JetStream on the loopback interface, with its own folder and a token.
 * @returns {Promise<{url: string, port: number, token: string, stop: () => Promise<void>}>}
 */
export async function startNats({
  binary,
  folder,
  port: preferred,
  token = randomBytes(24).toString('hex'),
}) {
  const file = join(folder, 'nats.conf');
  await endProcesses(
    processesWith(file).map(({ pid }) => pid),
    STOP_MS,
  );
  const port = await freePort(preferred);
  writeFileSync(file, config({ port, token, store: join(folder, 'store') }), { mode: 0o600 });
  const output = join(folder, 'nats.log');
  const server = startProcess(binary, ['-c', file], { cwd: folder, env: process.env, output });
  const deadline = Date.now() + READY_MS;
  while (!(await greets(port))) {
    if (server.alive() && Date.now() < deadline) await pause(25);
    else {
      await server.stop(STOP_MS);
      throw new Error(`nats-server did not come up:\n${tailOf(output)}`);
    }
  }
  return { url: `nats://127.0.0.1:${port}`, port, token, stop: () => server.stop(STOP_MS) };
}

function config({ port, token, store }) {
  return `listen: "127.0.0.1:${port}"
server_name: vman-demo
authorization { token: "${token}" }
jetstream {
  store_dir: ${JSON.stringify(store)}
  max_memory_store: 256MB
  max_file_store: 16GB
}
`;
}

/** The server speaks first: a line with its properties. */
function greets(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(false));
    socket.on('error', () => done(false));
    socket.once('data', (data) => done(data.toString().startsWith('INFO ')));
  });
}
