import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { DRIFT_RULES } from '#libs/contracts';

it.each(['ARCHITECTURE.md', 'COHERENCE.md'])('%s names every rule', (page) => {
  const text = readFileSync(fileURLToPath(new URL(`../../../../docs/${page}`, import.meta.url)), 'utf8');
  expect(DRIFT_RULES.filter((rule) => !text.includes(`\`${rule}\``))).toEqual([]);
});
