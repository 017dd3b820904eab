import { describe, expect, it } from '@jest/globals';
import { VmanError } from '#libs/errors';
import { GuestAgentError, GuestAgentUnavailableError, GuestProgramRunsError } from '#libs/qemu';
import { cutOutputs, OUTPUT_MAX_BYTES } from './carry-out-ask.js';
import { guestFailure } from './guest-failure.js';

describe('why a guest gave no answer', () => {
  it('has a code for each cause, and the words of the guest, but not more of them than one reads', () => {
    const refused = new GuestAgentError('guest-exec', 'GenericError', `no such file${'!'.repeat(5000)}`);
    expect(guestFailure(refused).code).toBe('guest_refused');
    expect(guestFailure(refused).message).toMatch(/no such file!/);
    expect(guestFailure(refused).message.length).toBeLessThan(600);
    const silent = new GuestAgentUnavailableError('guest-ping', 'no answer within 5 ms');
    expect(guestFailure(silent).code).toBe('guest_agent_unavailable');
    const runs = guestFailure(new GuestProgramRunsError(77, 1000));
    expect(runs).toEqual({ code: 'deadline_exceeded', message: expect.stringContaining('77') });
    expect(guestFailure(new VmanError('rate_limited', 'x')).code).toBe('rate_limited');
    expect(guestFailure(new Error('x')).code).toBe('internal');
  });
});

describe('the outputs of a program', () => {
  const result = { exitCode: 0, signal: undefined, truncated: false };
  it('are cut each at 1 MiB, which is said', () => {
    const cut = cutOutputs({
      ...result,
      stdout: Buffer.alloc(OUTPUT_MAX_BYTES + 1),
      stderr: Buffer.alloc(3),
    });
    expect(cut).toMatchObject({ stdoutTruncated: true, stderrTruncated: false });
    expect([cut.stdout.length, cut.stderr.length]).toEqual([OUTPUT_MAX_BYTES, 3]);
    const byGuest = cutOutputs({
      ...result,
      truncated: true,
      stdout: Buffer.alloc(1),
      stderr: Buffer.alloc(1),
    });
    expect(byGuest).toMatchObject({ stdoutTruncated: true, stderrTruncated: true });
  });
});
