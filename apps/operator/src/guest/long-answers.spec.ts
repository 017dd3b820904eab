import { describe, expect, it } from '@jest/globals';
import { type GuestAnswer, guestReplyCodec } from '#libs/contracts';
import { VirtualClock } from '#libs/testing';
import { LongAnswers } from './long-answers.js';

const file = (bytes: number): GuestAnswer => ({
  $case: 'file',
  value: { content: Buffer.alloc(bytes, 'vman'), truncated: false },
});

function partOf(answer: GuestAnswer) {
  if (answer.$case !== 'part') throw new Error(`it is ${answer.$case}`);
  return answer.value;
}

describe('a long answer', () => {
  it('goes as it is when it fits', () => {
    const answer = file(1000);
    expect(new LongAnswers(new VirtualClock()).fit(answer)).toBe(answer);
  });

  it('is put together from its parts, and kept no more after the last', () => {
    const clock = new VirtualClock();
    const answers = new LongAnswers(clock);
    const answer = file(1_300_000);
    const first = partOf(answers.fit(answer));
    const pieces = [first.bytes];
    let offset = first.bytes.length;
    while (offset < first.totalBytes) {
      const { bytes } = partOf(answers.part(first.answerId, offset));
      pieces.push(bytes);
      offset += bytes.length;
    }
    expect(pieces).toHaveLength(3);
    const whole = Buffer.concat(pieces);
    expect(whole.equals(Buffer.from(guestReplyCodec.encode({ answer })))).toBe(true);
    expect(() => answers.part(first.answerId, 0)).toThrow(/kept no more/);
    expect(clock.pending).toBe(0);
  });

  it('is forgotten after a minute, and when too many wait', async () => {
    const clock = new VirtualClock();
    const answers = new LongAnswers(clock);
    const first = partOf(answers.fit(file(600_000)));
    for (let more = 0; more < 32; more += 1) answers.fit(file(600_000));
    expect(() => answers.part(first.answerId, 0)).toThrow(/kept no more/);
    const last = partOf(answers.fit(file(600_000)));
    await clock.advance(61_000);
    expect(() => answers.part(last.answerId, 0)).toThrow(/kept no more/);
    answers.fit(file(600_000));
    answers.stop();
    expect(clock.pending).toBe(0);
  });
});
