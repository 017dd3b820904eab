import { describe, expect, it } from '@jest/globals';
import { asVmanError } from './sql-errors.js';

describe('what a caller is told when the database fails', () => {
  it.each([
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'unavailable'],
    [Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), 'unavailable'],
    [Object.assign(new Error('going down'), { code: '57P01' }), 'unavailable'],
    [new Error('Connection terminated unexpectedly'), 'unavailable'],
    [new Error('Client has encountered a connection error and is not queryable'), 'unavailable'],
    [
      new Error('Database connection provided by a query runner was already released, cannot continue.'),
      'unavailable',
    ],
    [Object.assign(new Error('deadlock'), { code: '40P01' }), 'conflict'],
    [Object.assign(new Error('twice'), { code: '23505' }), 'already_exists'],
    [new Error('a fault of our own'), undefined],
  ])('%s: %s', (error, code) => {
    expect(asVmanError(error)?.code).toBe(code);
  });

  it('tells a database that is busy from one that is away', () => {
    const busy = asVmanError(new Error('timeout exceeded when trying to connect'));
    expect(busy).toMatchObject({ code: 'unavailable', message: expect.stringContaining('in use') });
    const away = asVmanError(new Error('Connection terminated due to connection timeout'));
    expect(away).toMatchObject({ code: 'unavailable', message: expect.stringContaining('away') });
  });
});
