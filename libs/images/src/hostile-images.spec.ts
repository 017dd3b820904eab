import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hostileImages } from '../../../test/images/hostile-images.js';
import { AT, CLUSTER, soundQcow2 } from '../../../test/images/qcow2-builder.js';
import { inspectImage } from './index.js';

const LIMITS = { maxVirtualBytes: 1024 ** 4 };
let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vman-hostile-'));
  path = join(folder, 'image');
});
afterAll(() => rm(folder, { recursive: true }));

describe('a hostile image', () => {
  it.each(hostileImages('/etc/shadow').map((it) => [it.attack, it] as const))(
    'is refused: %s',
    async (_attack, { content, format, code }) => {
      await writeFile(path, content);
      expect(await inspectImage(path, format, LIMITS)).toMatchObject({ ok: false, code });
    },
  );

  it('is told from a sound one', async () => {
    for (const version of [2, 3] as const) {
      await writeFile(path, soundQcow2(version));
      expect(await inspectImage(path, 'qcow2', LIMITS)).toMatchObject({ ok: true });
    }
  });

  it('never makes the judge fail, and never passes with a cluster outside of the file, whatever its tables say', async () => {
    const entry = fc.tuple(
      fc.constantFrom(AT.refcountTable, AT.l1, AT.l2),
      fc.nat(300),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 6 }), async (entries) => {
        const image = soundQcow2();
        for (const [table, index, value] of entries)
          image.writeBigUInt64BE(value, table * CLUSTER + index * 8);
        await writeFile(path, image);
        const verdict = await inspectImage(path, 'qcow2', LIMITS);
        if (!verdict.ok) return;
        const table = image.subarray(AT.l2 * CLUSTER, AT.data * CLUSTER);
        let furthest = 0;
        for (let at = 0; at < table.length; at += 8) {
          const compressed = (table.readUInt32BE(at) & 0x4000_0000) !== 0;
          const offset = (table.readUInt32BE(at) & 0x00ff_ffff) * 2 ** 32 + table.readUInt32BE(at + 4);
          if (!compressed) furthest = Math.max(furthest, offset);
        }
        expect(furthest).toBeLessThan(image.length);
      }),
      { numRuns: 100 },
    );
  });
});
