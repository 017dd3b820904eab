import { connect } from 'node:net';
import { join } from 'node:path';

/** Types a line at the serial console of a guest; the test guest has a root shell there. */
export async function typeAtConsole(runFolder: string, vmId: string, line: string): Promise<void> {
  const path = join(runFolder, vmId.slice(-12), 'serial.sock');
  await new Promise<void>((resolve, reject) => {
    const socket = connect(path, () => socket.write(`\n${line}\n`));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      if (!chunk.toString().includes(line.slice(0, 4))) return;
      socket.destroy();
      resolve();
    });
  });
}
