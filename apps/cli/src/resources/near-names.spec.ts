import { expect, it } from '@jest/globals';
import { nearNames } from './near-names.js';

it.each([
  ['helo', ['hello']],
  ['hlelo', ['hello']],
  ['web', ['web-1', 'web-2']],
  ['wbe-2', ['web-2']],
  ['database', []],
  ['x', []],
])('%s might be %p', (typed, near) => {
  expect(nearNames(typed, ['hello', 'web-1', 'web-2', 'db'])).toEqual(near);
});
