import { describe, expect, it } from '@jest/globals';
import { waitFor } from './wait-for.js';

describe('waiting for a condition', () => {
  it('gives the first value that says something, zero and empty text included', async () => {
    const answers = [false, undefined, null, 0];
    expect(await waitFor(() => answers.shift(), { what: 'a value' })).toBe(0);
  });

  it('takes a throw for "not yet" and shows the last one when it waited in vain', async () => {
    const cause = new Error('no such file');
    const waiting = waitFor(
      () => {
        throw cause;
      },
      { timeoutMs: 30, what: 'the file is there' },
    );
    await expect(waiting).rejects.toMatchObject({
      message: 'waited 30 ms in vain until the file is there',
      cause,
    });
  });
});
