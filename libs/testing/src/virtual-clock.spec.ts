import { describe, expect, it } from '@jest/globals';
import { delay } from '#libs/clock';
import { VirtualClock } from './virtual-clock.js';

describe('a virtual clock', () => {
  it('stands still until it is moved, and then runs each timer at its time and in order', async () => {
    const clock = new VirtualClock(1000);
    const ran: string[] = [];
    clock.setTimeout(() => ran.push(`b@${clock.monotonic()}`), 20);
    clock.setTimeout(() => ran.push(`a@${clock.monotonic()}`), 10);
    clock.setTimeout(() => ran.push(`c@${clock.monotonic()}`), 20);
    clock.setTimeout(() => ran.push('late'), 31);
    expect([clock.now(), clock.monotonic(), clock.pending]).toEqual([1000, 0, 4]);
    await clock.advance(30);
    expect(ran).toEqual(['a@10', 'b@20', 'c@20']);
    expect([clock.now(), clock.monotonic(), clock.pending]).toEqual([1030, 30, 1]);
  });

  it('lets code that waits go on and wait again within one advance', async () => {
    const clock = new VirtualClock();
    const at: number[] = [];
    const loop = (async () => {
      for (let round = 0; round < 3; round++) {
        await delay(clock, 100);
        at.push(clock.monotonic());
      }
    })();
    await clock.advance(300);
    await loop;
    expect(at).toEqual([100, 200, 300]);
  });

  it('runs no cancelled timer', async () => {
    const clock = new VirtualClock();
    const timer = clock.setTimeout(() => {
      throw new Error('cancelled');
    }, 1);
    timer.cancel();
    await clock.advance(10);
    expect(clock.pending).toBe(0);
  });

  it('lets the wall clock jump without touching monotonic time', () => {
    const clock = new VirtualClock(5000);
    clock.jumpWall(-3_600_000);
    expect([clock.now(), clock.monotonic()]).toEqual([5000 - 3_600_000, 0]);
  });
});
