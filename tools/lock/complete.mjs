// `npm ci` refuses a lock file that lacks an optional dependency of some platform, and npm leaves out those that the
// registry cannot give. Each missing one gets an entry with its version and platform and nothing else.
//   node tools/lock/complete.mjs           writes package-lock.json
//   node tools/lock/complete.mjs --check   exits 1 when something is missing
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../../package-lock.json', import.meta.url);
const SYSTEMS = /(android|darwin|linux|win32|freebsd|openbsd|netbsd|sunos|aix|openharmony)/;
const PROCESSORS = /(arm64|aarch64|x64|ia32|armv7|arm|ppc64|s390x|riscv64|loong64|mips64el|wasm32)/;
const OTHER_NAMES = { aarch64: 'arm64', armv7: 'arm' };

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const missing = [...missingIn(lock.packages)];

if (process.argv.includes('--check')) {
  for (const { name, path } of missing) console.error(`${name}, wanted by ${path}`);
  if (missing.length > 0) console.error('run: node tools/lock/complete.mjs');
  process.exit(missing.length > 0 ? 1 : 0);
}
for (const { name, range, dev } of missing)
  lock.packages[`node_modules/${name}`] = entryFor(name, range, dev);
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} entries added`);

function* missingIn(packages) {
  const seen = new Set();
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (seen.has(name) || isReachable(packages, path, name)) continue;
      seen.add(name);
      yield { name, range, path, dev: entry.dev === true };
    }
  }
}

/** Node looks in node_modules of the package, then of each package around it. */
function isReachable(packages, from, name) {
  let place = from;
  for (;;) {
    if (packages[`${place ? `${place}/` : ''}node_modules/${name}`]) return true;
    if (!place) return false;
    place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')));
  }
}

function entryFor(name, range, dev) {
  const system = SYSTEMS.exec(name)?.[1];
  const processor = PROCESSORS.exec(name)?.[1];
  return {
    version: range.replace(/^[^\d]*/, ''),
    ...(processor && { cpu: [OTHER_NAMES[processor] ?? processor] }),
    ...(dev && { dev: true }),
    optional: true,
    ...(system && { os: [system] }),
    ...(name.includes('musl') && { libc: ['musl'] }),
  };
}
