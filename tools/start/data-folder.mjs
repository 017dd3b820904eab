import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A socket's path holds 107 bytes; the operator adds a folder and a file name to this. */
const RUN_PATH_MAX = 60;

/** Where everything of one demo lies; the folders exist afterwards. */
export function openDataFolder(root) {
  const at = (name) => join(root, name);
  const folders = {
    root,
    database: at('postgres'),
    bus: at('nats'),
    images: at('images'),
    imports: at('import'),
    storage: at('host'),
    run: at('run').length <= RUN_PATH_MAX ? at('run') : join(tmpdir(), `vman-${shortHash(root)}`),
    logs: at('logs'),
    tokenFile: at('first-token'),
    lockFile: at('lock'),
    stateFile: at('state.json'),
  };
  // open for passing through only: the database's user has its own folder in it
  mkdirSync(root, { recursive: true, mode: 0o711 });
  chmodSync(root, 0o711);
  for (const name of ['bus', 'images', 'imports', 'storage', 'run', 'logs']) {
    mkdirSync(folders[name], { recursive: true, mode: 0o700 });
  }
  return folders;
}

/** What is kept between runs: ports, the bus token, the VMs to start again. */
export function readState({ stateFile }) {
  if (!existsSync(stateFile)) return { ports: {}, startAgain: [] };
  return JSON.parse(readFileSync(stateFile, 'utf8'));
}

export function writeState({ stateFile }, state) {
  writeFileSync(`${stateFile}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(`${stateFile}.new`, stateFile);
}

function shortHash(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
