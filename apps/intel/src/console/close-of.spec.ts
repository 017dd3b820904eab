import { expect, it } from '@jest/globals';
import { STREAM_END_REASONS } from '#libs/contracts';
import { ERROR_CODES, type ErrorCode, VmanError } from '#libs/errors';
import { closeOfEnd, closeOfError } from './close-of.js';

const isPermitted = (code: number) => [1000, 1001, 1011].includes(code) || (code >= 4000 && code < 5000);

it('every end of a session has a close code, and begins with its word', () => {
  for (const reason of STREAM_END_REASONS) {
    const close = closeOfEnd(reason);
    expect(isPermitted(close.code)).toBe(true);
    expect(close.reason).toMatch(new RegExp(`^${reason}: `));
  }
});

it('every error has a close code, and words that fit into a frame', () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const close = closeOfError(new VmanError(code, 'ä'.repeat(100)));
    expect(isPermitted(close.code)).toBe(true);
    expect(Buffer.byteLength(close.reason)).toBeLessThanOrEqual(123);
    expect(close.reason).toMatch(new RegExp(`^${code}: ä+$`));
  }
});
