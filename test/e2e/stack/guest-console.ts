import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** Types a line at the serial console of a guest; the test guest has a root shell there. */
export async function typeAtConsole(runFolder: string, vmId: string, line: string): Promise<void> {
  const path = serialSocket(runFolder, vmId);
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

function serialSocket(runFolder: string, vmId: string): string {
  const sockets = readdirSync(runFolder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /serial|console/.test(path),
  );
  const own =
    sockets.find((path) => vmId.replaceAll('-', '').startsWith(path.split('/')[0] ?? '')) ?? sockets[0];
  if (!own) throw new Error(`no serial socket of ${vmId} below ${runFolder}`);
  return join(runFolder, own);
}
