import { describe, expect, it } from '@jest/globals';
import { VmanError } from '#libs/errors';
import { QmpClosedError, QmpError, QmpTimeoutError } from '#libs/qemu';
import { Interrupted, isInterruption, toError, toFailure } from './to-failure.js';

const errno = (code: string) => Object.assign(new Error('/secret/path'), { code });

describe('what stopped a step', () => {
  it.each<[string, unknown, string]>([
    ['our own refusal', new VmanError('image_missing', 'gone'), 'image_missing'],
    ['a taken port', new QmpError('hostfwd_add', 'PortInUse', 'could not'), 'port_in_use'],
    ['another answer of QEMU', new QmpError('cont', 'GenericError', 'no'), 'hypervisor_error'],
    ['a full disk', errno('ENOSPC'), 'storage_full'],
    ['a used-up quota', errno('EDQUOT'), 'storage_full'],
    ['no memory for a process', errno('ENOMEM'), 'insufficient_memory'],
    ['a bug', new TypeError('x'), 'internal'],
  ])('%s has a code, and shows no path of the host', (_, error, code) => {
    const failure = toFailure(error);
    expect(failure.code).toBe(code);
    expect(failure.message).not.toContain('/secret');
  });

  it('is no failure when only the ground moved', () => {
    for (const error of [
      new Interrupted('a newer change'),
      new QmpClosedError('gone', 'eof'),
      new QmpTimeoutError('cont', 1000),
    ]) {
      expect(isInterruption(error)).toBe(true);
    }
    expect(isInterruption(new Error('x'))).toBe(false);
  });

  it('keeps a known code of a peer and calls an unknown one internal', () => {
    expect(toError('storage_full', 'x').code).toBe('storage_full');
    expect(toError('from_the_future', 'x').code).toBe('internal');
  });
});
