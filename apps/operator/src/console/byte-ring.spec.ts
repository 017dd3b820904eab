import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteRing } from './byte-ring.js';

it('a ring gives back the last bytes of what was written, wherever it is read', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(30), (writes, back) => {
      const ring = new ByteRing(16);
      for (const bytes of writes) ring.write(bytes);
      const all = Buffer.concat(writes);
      expect(ring.end).toBe(all.length);
      expect(ring.start).toBe(Math.max(0, all.length - 16));
      expect(ring.tail(back)).toEqual(all.subarray(Math.max(ring.start, all.length - back)));
      const from = Math.max(ring.start, ring.end - back);
      const some = ring.read(from, 5);
      expect(some).toEqual(all.subarray(from, from + some.length));
      expect(some.length > 0).toBe(from < ring.end);
    }),
  );
});

it('a reader that was overtaken is told', () => {
  const ring = new ByteRing(4);
  ring.write(Buffer.from('12345'));
  expect(() => ring.read(0, 1)).toThrow('gone');
});
