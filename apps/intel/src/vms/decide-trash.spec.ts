import { expect, it } from '@jest/globals';
import { decideTrash } from './decide-trash.js';

const NOW = 1_000_000;
const past = new Date(NOW);
const future = new Date(NOW + 1);
const vm = { presence: 'present' as const, purgeAt: null, expiresAt: null, deletionProtection: false };

it.each([
  ['a VM without times', {}, 'nothing'],
  ['one that is to expire later', { expiresAt: future }, 'nothing'],
  ['one that has expired', { expiresAt: past }, 'expire'],
  ['one that has expired and is protected', { expiresAt: past, deletionProtection: true }, 'nothing'],
  ['one in the trash', { purgeAt: future }, 'nothing'],
  ['one in the trash that has expired', { purgeAt: future, expiresAt: past }, 'nothing'],
  ['one whose time in the trash is over', { purgeAt: past }, 'purge'],
  ['one that is being destroyed', { purgeAt: past, presence: 'deleted' as const }, 'nothing'],
])('%s: %j', (_what, facts, wanted) => {
  expect(decideTrash({ ...vm, ...facts }, NOW)).toBe(wanted);
});
