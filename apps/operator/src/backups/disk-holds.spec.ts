import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DiskHolds } from './disk-holds.js';

const never = new AbortController().signal;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('who holds the disks of a VM', () => {
  it('is one at a time; of other VMs nobody is kept waiting', async () => {
    const holds = new DiskHolds();
    const first = await holds.take('a', never);
    let second = false;
    const waiting = holds.take('a', never).then((hold) => {
      second = true;
      return hold;
    });
    (await holds.take('b', never)).release();
    await turn();
    expect(second).toBe(false);
    first.release();
    (await waiting).release();
  });

  it('lets go for a plan, and gets them back when it is over', async () => {
    const holds = new DiskHolds();
    const hold = await holds.take('a', never);
    const said: string[] = [];
    const plan = holds.plan('a', async () => void said.push('plan'));
    expect(hold.signal.aborted).toBe(true);
    const again = holds.take('a', never).then((it) => {
      said.push('again');
      return it;
    });
    await turn();
    expect(said).toEqual([]);
    hold.release();
    await plan;
    (await again).release();
    expect(said).toEqual(['plan', 'again']);
  });

  it('stops waiting when nobody wants it any more', async () => {
    const holds = new DiskHolds();
    const hold = await holds.take('a', never);
    const ending = new AbortController();
    const waiting = holds.take('a', ending.signal);
    ending.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    hold.release();
  });

  it('never meets a plan, whatever comes in which order, and everybody has a turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (kinds) => {
        const holds = new DiskHolds();
        let [held, planned, turns] = [0, 0, 0];
        const hold = async (): Promise<void> => {
          const mine = await holds.take('a', never);
          held += 1;
          expect([held, planned]).toEqual([1, 0]);
          await Promise.race([
            turn().then(turn),
            new Promise((resolve) => mine.signal.addEventListener('abort', resolve)),
          ]);
          held -= 1;
          turns += 1;
          mine.release();
        };
        const plan = () =>
          holds.plan('a', async () => {
            planned += 1;
            expect(held).toBe(0);
            await turn();
            planned -= 1;
            turns += 1;
          });
        await Promise.all(kinds.map((isPlan) => (isPlan ? plan() : hold())));
        expect(turns).toBe(kinds.length);
      }),
      { numRuns: 50 },
    );
  });
});
