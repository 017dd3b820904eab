import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '#libs/testing';
import { PATIENCE_MS, Starts } from './starts.js';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the order of starts', () => {
  let clock: VirtualClock;
  let begun: string[];
  let over: Record<string, () => void>;

  beforeEach(() => {
    clock = new VirtualClock();
    begun = [];
    over = {};
  });

  function ask(starts: Starts, vmId: string, priority: number, signal = never): Promise<void> {
    return starts.enter({ vmId, priority, signal }).then((leave) => {
      begun.push(vmId);
      over[vmId] = leave;
    });
  }

  it('lets no more begin at once than the limit', async () => {
    const starts = new Starts(2, clock);
    for (const vmId of ['a', 'b', 'c', 'd']) void ask(starts, vmId, 0);
    await settled();
    expect(begun).toEqual(['a', 'b']);
    over.b?.();
    await settled();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('takes the highest priority of those that wait, then who came first', async () => {
    const starts = new Starts(1, clock);
    for (const [vmId, priority] of [
      ['first', 0],
      ['low', 1],
      ['high', 9],
      ['high-later', 9],
    ] as const) {
      void ask(starts, vmId, priority);
    }
    for (const vmId of ['first', 'high', 'high-later']) {
      await settled();
      over[vmId]?.();
    }
    await settled();
    expect(begun).toEqual(['first', 'high', 'high-later', 'low']);
  });

  it('holds a lower priority back until the expected higher one came', async () => {
    const starts = new Starts(1, clock);
    starts.expect('db', 100);
    starts.expect('web', 1);
    void ask(starts, 'web', 1);
    await settled();
    expect(begun).toEqual([]);
    void ask(starts, 'db', 100);
    await settled();
    expect(begun).toEqual(['db']);
    over.db?.();
    await settled();
    expect(begun).toEqual(['db', 'web']);
  });

  it('holds back nobody for one that will not come', async () => {
    const starts = new Starts(4, clock);
    starts.expect('db', 100);
    void ask(starts, 'web', 1);
    starts.dismiss('db');
    await settled();
    expect(begun).toEqual(['web']);
  });

  it('loses its patience with one that does not come', async () => {
    const starts = new Starts(4, clock);
    starts.expect('db', 100);
    void ask(starts, 'web', 1);
    await clock.advance(PATIENCE_MS - 1);
    expect(begun).toEqual([]);
    await clock.advance(1);
    await settled();
    expect(begun).toEqual(['web']);
  });

  it('ends the wait of one that a newer change overtook, and leaves its place to the next', async () => {
    const starts = new Starts(1, clock);
    const change = new AbortController();
    void ask(starts, 'a', 0);
    const overtaken = ask(starts, 'b', 5, change.signal);
    void ask(starts, 'c', 0);
    change.abort();
    await expect(overtaken).rejects.toThrow('newer change');
    await expect(ask(starts, 'd', 0, change.signal)).rejects.toThrow('newer change');
    over.a?.();
    await settled();
    expect(begun).toEqual(['a', 'c']);
  });
});
