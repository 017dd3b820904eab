// `npm run security -- [option ...]`: sets up what the attacks need and runs them from dist.
import { spawn } from 'node:child_process';
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
const child = spawn(NODE, [join(ROOT, 'dist/security/main.js'), ...process.argv.slice(2)], {
  cwd: ROOT,
  env: { ...process.env, VMAN_TEST_DIST: 'as-is' },
  stdio: 'inherit',
});
child.on('exit', (code) => process.exit(code ?? 1));
