import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { JsMsg } from '@nats-io/jetstream';
import { parseDurablePattern } from './durable-name.js';
import { retryDelayMs } from './retry-delay.js';
import { isSameConsumer } from './same-consumer.js';
import { settlementOf } from './settlement.js';
import { Slots } from './slots.js';

describe('the pattern of a durable handler', () => {
  it('names stream and consumer', () => {
    expect(parseDurablePattern('S/c', undefined)).toEqual({ stream: 'S', consumer: 'c' });
    expect(parseDurablePattern('S/host-{host}', '7')).toEqual({ stream: 'S', consumer: 'host-7' });
  });

  it('is refused when it says anything else', () => {
    for (const wrong of ['S', 'S/', '/c', 'S/c/d', '']) {
      expect(() => parseDurablePattern(wrong, '7')).toThrow('<stream>/<consumer>');
    }
    expect(() => parseDurablePattern('S/host-{host}', undefined)).toThrow('needs the option host');
  });
});

describe('the delay before a failed message comes again', () => {
  it('doubles from a quarter of a second to half a minute, half of it by chance', () => {
    expect([1, 2, 3, 4, 100].map((count) => retryDelayMs(count, () => 1))).toEqual([
      250, 500, 1000, 2000, 30_000,
    ]);
    expect([1, 100].map((count) => retryDelayMs(count, () => 0))).toEqual([125, 15_000]);
    const some = retryDelayMs(1);
    expect(some).toBeGreaterThanOrEqual(125);
    expect(some).toBeLessThanOrEqual(250);
  });
});

describe('a consumer', () => {
  it('is the same when its creation time moved by less than anybody needs to make it anew', () => {
    expect(isSameConsumer('2026-01-01T00:00:00.000100Z', '2026-01-01T00:00:00.000900Z')).toBe(true);
    expect(isSameConsumer('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z')).toBe(false);
    expect(isSameConsumer(undefined, '2026-01-01T00:00:01Z')).toBe(false);
    expect(isSameConsumer('2026-01-01T00:00:01Z', undefined)).toBe(false);
  });
});

describe('slots', () => {
  it('tell when one is given back, or when there is something else to look at', async () => {
    const slots = new Slots(2);
    slots.take();
    slots.take();
    expect(slots.free).toBe(0);
    const given = slots.change();
    slots.give();
    await given;
    expect(slots.free).toBe(1);
    const woken = slots.change();
    slots.wake();
    await woken;
    expect(slots.free).toBe(1);
  });
});

describe('the answer to a message', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const fake = () => {
    const said: string[] = [];
    const message = {
      ack: () => said.push('ack'),
      nak: (ms: number) => said.push(`nak ${ms}`),
      term: () => said.push('term'),
      working: () => said.push('working'),
    } as unknown as JsMsg;
    return { said, message };
  };

  it('is the first one only', () => {
    const { said, message } = fake();
    const settlement = settlementOf(message, () => true);
    settlement.nak(5);
    settlement.ack();
    settlement.term();
    settlement.working();
    expect(said).toEqual(['nak 5']);
  });

  it('is preceded by signs of work for as long as the handler runs', () => {
    const { said, message } = fake();
    const settlement = settlementOf(message, () => true);
    jest.advanceTimersByTime(25_000);
    settlement.ack();
    settlement.end();
    jest.advanceTimersByTime(60_000);
    expect(said).toEqual(['working', 'working', 'ack']);
  });

  it('is kept back when the consumer that asked is not known to be there', () => {
    const { said, message } = fake();
    const settlement = settlementOf(message, () => false);
    jest.advanceTimersByTime(10_000);
    settlement.ack();
    settlement.term();
    expect(said).toEqual([]);
  });
});
