import { expect, it } from '@jest/globals';
import { contextOfRequest } from '#libs/logging';
import { send } from './answer.js';

/** The ids on the line of a request that is answered with the body. */
function idsAfter(body: unknown): object {
  const raw = { headers: { 'x-request-id': 'r1' } };
  const reply = { request: { raw }, status: () => reply, headers: () => reply, send: () => reply };
  send(reply as never, { status: 202, headers: {}, body });
  const { traceparent: _, ...ids } = contextOfRequest(raw as never);
  return ids;
}

const operation = { id: 'o1', resources: [{ kind: 'vm', id: 'v1', name: 'web' }] };

it('the line of a request names the operation that it began, and what that is about', () => {
  const begun = { requestId: 'r1', operationId: 'o1', vmId: 'v1' };
  expect(idsAfter({ vm: {}, operation })).toEqual(begun);
  expect(idsAfter(operation)).toEqual(begun);
  expect(idsAfter({ id: 'o2', resources: [{ kind: 'host', id: 'h1', name: 'rack' }] })).toEqual({
    requestId: 'r1',
    operationId: 'o2',
    hostId: 'h1',
  });
});

it.each([[null], ['text'], [{ id: 'v1', name: 'web' }], [{ operation: null }]])('and none for %j', (body) => {
  expect(idsAfter(body)).toEqual({ requestId: 'r1' });
});
