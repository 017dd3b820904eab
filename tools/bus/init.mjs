// `npm run bus:init -- <folder>`: the keys of a bus on which each host has credentials of its own.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild } from '../provision/build.mjs';
import { ensureNpm } from '../provision/npm.mjs';
import { NODE, ROOT } from '../provision/paths.mjs';

await ensureNpm();
await ensureBuild();
const child = spawn(NODE, [join(ROOT, 'tools/bus/write-authority.mjs'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
child.on('exit', (code) => process.exit(code ?? 1));
