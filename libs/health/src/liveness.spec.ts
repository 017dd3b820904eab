import { expect, it } from '@jest/globals';
import { Liveness } from './liveness.js';

it('a loop is stuck when it did not turn for longer than its patience, and only after its first turn', () => {
  let now = 0;
  const liveness = new Liveness(() => now);
  const sweep = liveness.watch('sweep', 100);
  const relay = liveness.watch('relay', 200);
  now = 1_000;
  expect(liveness.stuck).toEqual([]);
  sweep();
  relay();
  now += 100;
  expect(liveness.stuck).toEqual([]);
  now += 1;
  expect(liveness.stuck).toEqual(['sweep']);
  now += 100;
  expect(liveness.stuck).toEqual(['sweep', 'relay']);
  sweep();
  expect(liveness.stuck).toEqual(['relay']);
});
