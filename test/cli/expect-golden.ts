import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';

const FOLDER = join(import.meta.dirname, 'golden');

/** The text is that of the golden file, letter by letter. `VMAN_TEST_GOLDEN=write` writes the files anew. */
export function expectGolden(name: string, text: string): void {
  const path = join(FOLDER, name);
  if (process.env.VMAN_TEST_GOLDEN === 'write') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path) ? readFileSync(path, 'utf8') : `there is no ${path}`).toBe(text);
}
