import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '#libs/testing';

const PROMPT_MS = 30_000;

/** Types a line at the serial console of a guest, once its root shell asks for one. */
export async function typeAtConsole(runFolder: string, vmId: string, line: string): Promise<void> {
  const socket = connect(join(runFolder, vmId.slice(-12), 'serial.sock'));
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  try {
    await promptOf(socket, () => said);
    socket.write(`${line}\n`);
    await waitFor(() => said.includes(line), { what: `the console echoes ${line}` });
  } finally {
    socket.destroy();
  }
}

/** A line that comes before the shell listens is lost: so Enter is pressed until it answers. */
async function promptOf(socket: Socket, said: () => string): Promise<void> {
  await waitFor(
    () => {
      socket.write('\n');
      return said().includes('# ');
    },
    { timeoutMs: PROMPT_MS, everyMs: 300, what: 'the shell at the console answers' },
  );
}
