import { describe, expect, it } from '@jest/globals';
import { ApiError, UnreachableError, WaitTimeoutError } from '#libs/client';
import { anOperation } from '../../../test/fake-api/builders.js';
import { EndWith, InterruptedError, OperationFailedError, UsageError } from './errors.js';
import { exitCodeOf } from './exit-code-of.js';
import { errorText } from './output/error-text.js';

describe('the exit code', () => {
  it.each([
    [400, 'invalid_input', 6],
    [401, 'unauthorized', 4],
    [403, 'forbidden', 4],
    [404, 'not_found', 3],
    [409, 'protected', 6],
    [412, 'precondition_failed', 6],
    [429, 'rate_limited', 5],
    [500, 'internal', 6],
    [503, 'unavailable', 5],
    [504, 'deadline_exceeded', 7],
    [507, 'placement_failed', 6],
  ])('of %i %s is %i', (status, code, exitCode) => {
    expect(exitCodeOf(new ApiError(status, { code }))).toBe(exitCode);
  });

  it('tells the other ends apart', () => {
    expect(exitCodeOf(new OperationFailedError(anOperation(1)))).toBe(1);
    expect(exitCodeOf(new UsageError('no'))).toBe(2);
    expect(exitCodeOf(new UnreachableError('http://x', new Error('gone')))).toBe(5);
    expect(exitCodeOf(new WaitTimeoutError('it'))).toBe(7);
    expect(exitCodeOf(new TypeError('bug'))).toBe(70);
    expect(exitCodeOf(new InterruptedError())).toBe(130);
    expect(exitCodeOf(new EndWith(1))).toBe(1);
  });
});

describe('the text of an error', () => {
  const refused = new ApiError(400, {
    code: 'invalid_input',
    detail: 'Not valid: name.',
    hint: 'Correct it.',
    requestId: 'r-1',
    errors: [
      { field: 'name', code: 'matches', message: 'must be lower-case' },
      { field: '', code: 'unknown', message: 'is odd' },
    ],
  });

  it('has code, fields, hint and request', () => {
    expect(errorText(refused, 'table', false)).toBe(
      [
        'error: Not valid: name. [invalid_input]',
        '  name: must be lower-case',
        '  body: is odd',
        '  hint: Correct it.',
        '  request: r-1',
        '',
      ].join('\n'),
    );
  });

  it('is data for those who want data', () => {
    expect(JSON.parse(errorText(refused, 'json', false))).toEqual({
      error: {
        code: 'invalid_input',
        message: 'Not valid: name.',
        hint: 'Correct it.',
        fields: refused.fields,
        requestId: 'r-1',
      },
    });
  });

  it('names the operation that failed', () => {
    const error = {
      code: 'image_missing',
      message: 'Gone.',
      hint: 'Put it back.',
      retryable: 'later' as const,
    };
    const failed = new OperationFailedError(anOperation(1, { status: 'failed', error }));
    expect(errorText(failed, 'table', false)).toContain('vm.start of hello failed: Gone. [image_missing]');
    expect(errorText(failed, 'table', false)).toContain('operation: 01900002-');
  });

  it('admits a fault of the command, and lets nothing steer the terminal', () => {
    expect(errorText(new TypeError('x\u001b[2J'), 'table', false)).toMatch(/^error: x.\[2J \[fault\]/);
    expect(errorText('thrown text', 'table', true)).toContain('\u001b[31merror:\u001b[0m thrown text');
  });
});
