import { expect, it } from '@jest/globals';
import { lostStreams } from './lost-streams.js';

const present = [{ name: 'S', created: 'then', lastSequence: 5 }];

it.each([
  ['was never seen', [], 1],
  ['is as it was', [{ stream: 'S', created: 'then', lastSequence: 5 }], 0],
  ['has grown', [{ stream: 'S', created: 'then', lastSequence: 4 }], 0],
  ['was made anew', [{ stream: 'S', created: 'before', lastSequence: 1 }], 1],
  ['has rolled back', [{ stream: 'S', created: 'then', lastSequence: 6 }], 1],
])('a stream that %s is found out', (_what, known, lost) => {
  expect(lostStreams(present, known)).toHaveLength(lost);
});
