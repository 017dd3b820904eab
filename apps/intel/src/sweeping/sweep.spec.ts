import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { VirtualClock } from '#libs/testing';
import { Sweep } from './sweep.js';

class Counted extends Sweep {
  count = 0;
  work = async (): Promise<void> => {};
  sweep(): Promise<void> {
    this.count++;
    return this.work();
  }
}

describe('a sweep', () => {
  const clock = new VirtualClock();
  const counted = () => new Counted({ clock, everyMs: 1000, of: 'the floor' });
  afterEach(() => Logger.overrideLogger(['error']));

  it('comes again after its time, also after one that failed', async () => {
    Logger.overrideLogger(false);
    const sweep = counted();
    sweep.work = () => Promise.reject(new Error('dust'));
    sweep.start();
    await clock.advance(999);
    expect(sweep.count).toBe(0);
    await clock.advance(2001);
    expect(sweep.count).toBe(3);
    await sweep.stop();
  });

  it('comes at once where it is asked to', async () => {
    const sweep = counted();
    sweep.start(0);
    await clock.advance(0);
    expect(sweep.count).toBe(1);
    await sweep.stop();
  });

  it('is waited for when it is stopped, and comes no more', async () => {
    const sweep = counted();
    let finish = () => {};
    sweep.work = () => new Promise((resolve) => (finish = resolve));
    sweep.start(0);
    await clock.advance(0);
    let over = false;
    const stopping = sweep.stop().then(() => (over = true));
    await clock.advance(5000);
    expect(over).toBe(false);
    finish();
    await stopping;
    sweep.start();
    await clock.advance(5000);
    expect(sweep.count).toBe(1);
  });
});
