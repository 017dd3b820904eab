import { describe, expect, it } from '@jest/globals';
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { errorOfPublish } from './publish-error.js';

const api = (code: number, description: string) =>
  new JetStreamApiError({ code: 400, err_code: code, description });

describe('a durable publish that failed', () => {
  it('names the sequence when the server did, and leaves it open when it did not', () => {
    const known = errorOfPublish(api(10071, 'wrong last sequence: 17'), 's', 3);
    expect(known).toMatchObject({ name: 'WrongSequence', expected: 3, actual: 17, subject: 's' });
    const unknown = errorOfPublish(api(10164, 'wrong last sequence'), 's', 3);
    expect(unknown).toMatchObject({ name: 'WrongSequence', actual: undefined });
    expect(unknown.message).toBe('s is at sequence unknown, expected 3');
  });

  it('is otherwise unavailable, with the reason', () => {
    const reason = (error: unknown) => errorOfPublish(error, 's', undefined);
    expect(reason(api(10071, 'wrong last sequence: 1'))).toMatchObject({ reason: 'refused' });
    expect(reason(new errors.TimeoutError())).toMatchObject({ reason: 'timeout', code: 'unavailable' });
    expect(reason(new errors.ClosedConnectionError())).toMatchObject({ reason: 'closed' });
    expect(reason(new errors.NoRespondersError('s'))).toMatchObject({ reason: 'no-stream' });
    expect(reason(new Error('socket'))).toMatchObject({ reason: 'disconnected' });
  });
});
