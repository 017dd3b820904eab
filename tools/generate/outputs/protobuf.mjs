import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFiles } from '../list-files.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The TypeScript of proto/, as buf.gen.yaml says. */
export const protobuf = {
  folder: 'libs/contracts/src/gen',
  files() {
    const out = mkdtempSync(join(tmpdir(), 'generate-'));
    try {
      execFileSync(join(root, 'node_modules/.bin/buf'), ['generate', '--output', out], {
        cwd: root,
        stdio: 'inherit',
      });
      return new Map(listFiles(out).map((at) => [relative(out, at), readFileSync(at, 'utf8')]));
    } finally {
      rmSync(out, { recursive: true });
    }
  },
};
