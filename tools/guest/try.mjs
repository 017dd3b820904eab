// Boots the demo guest image by hand under TCG and prints what the guest itself answers:
//   node tools/guest/try.mjs
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { ensureGuestImage } from '../provision/guest.mjs';
import { ensureQemu } from '../provision/qemu.mjs';

const DEADLINE_MS = 120_000;

const qemu = await ensureQemu();
const image = await ensureGuestImage();
const port = await freePort();
const began = Date.now();
const child = spawn(
  qemu.system,
  [
    ...[
      '-machine',
      'q35',
      '-accel',
      'tcg',
      '-m',
      '256',
      '-nodefaults',
      '-display',
      'none',
      '-serial',
      'stdio',
      '-snapshot',
    ],
    ...['-drive', `file=${image.path},format=qcow2,if=virtio`],
    ...['-netdev', `user,id=n0,hostfwd=tcp:127.0.0.1:${port}-:80`, '-device', 'virtio-net-pci,netdev=n0'],
  ],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
const answer = await waitForAnswer();
console.log(answer ?? 'the guest did not answer');
console.log(`after ${Date.now() - began} ms`);
child.kill('SIGTERM');
process.exitCode = answer ? 0 : 1;

async function waitForAnswer() {
  while (Date.now() - began < DEADLINE_MS && child.exitCode === null) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/cgi-bin/info`, {
        signal: AbortSignal.timeout(2000),
      });
      if (response.ok) return await response.text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  return undefined;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
