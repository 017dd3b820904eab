// `npm run faults -- [option ...]`: sets up what the fault rounds need and runs them from dist.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild } from '../provision/build.mjs';
import { ensureNats } from '../provision/nats.mjs';
import { ensureNpm } from '../provision/npm.mjs';
import { NODE, ROOT } from '../provision/paths.mjs';
import { ensureQemu } from '../provision/qemu.mjs';

await ensureQemu();
await ensureNpm();
process.env.VMAN_NATS_SERVER ??= await ensureNats();
await ensureBuild();
const words = [NODE, join(ROOT, 'dist/faults/main.js'), ...process.argv.slice(2)];
// What is mounted for a fault goes with the run, however that ends.
const apart = ['--mount', '--propagation', 'private'];
const mayPart = spawnSync('unshare', [...apart, 'true'], { stdio: 'ignore' }).status === 0;
const [program, ...args] = mayPart ? ['unshare', ...apart, ...words] : words;
const child = spawn(program, args, {
  cwd: ROOT,
  env: { ...process.env, VMAN_TEST_DIST: 'as-is' },
  stdio: 'inherit',
});
child.on('exit', (code) => process.exit(code ?? 1));
