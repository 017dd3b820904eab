import { describe, expect, it } from '@jest/globals';
import { protocolOf, ticketOfRequest } from './ticket-of-request.js';

const ask = (headers: Record<string, string>, url = '/v1/console', allowed: string[] = []) =>
  ticketOfRequest({ url, headers }, allowed);

describe('a request for a console', () => {
  it('carries its ticket as a sub-protocol, or not yet', () => {
    expect(ask({ 'sec-websocket-protocol': 'vman.console.v1, vman.ticket.abc_-1' })).toBe('abc_-1');
    expect(ask({ 'sec-websocket-protocol': 'vman.console.v1' })).toBeUndefined();
    expect(ask({})).toBeUndefined();
  });

  it('never carries it in its URL', () => {
    expect(() => ask({}, '/v1/console?ticket=x')).toThrow('in a URL');
    expect(() => ask({}, '/v1/console?')).toThrow('in a URL');
  });

  it.each(['/v1/vms', '/v1/console/', '/v1/Console', '//v1/console', '/v1/%63onsole', ''])(
    'has no other address: %s',
    (url) => {
      expect(() => ask({}, url)).toThrow('no WebSocket');
    },
  );

  it.each([
    [undefined, true],
    ['http://vman.test:7400', true],
    ['https://vman.test:7400', true],
    ['https://admin.test', true],
    ['https://admin.test.evil', false],
    ['https://evil.test', false],
    ['http://vman.test:80', false],
    ['null', false],
    ['', false],
  ])('of a page of origin %j: %j', (origin, passes) => {
    const headers = { host: 'vman.test:7400', ...(origin === undefined ? {} : { origin }) };
    const asked = () => ask(headers, '/v1/console', ['https://admin.test']);
    if (passes) expect(asked()).toBeUndefined();
    else expect(asked).toThrow('origin');
  });
});

it('the ticket is never said again as the sub-protocol', () => {
  expect(protocolOf(new Set(['vman.ticket.x', 'vman.console.v1']))).toBe('vman.console.v1');
  expect(protocolOf(new Set(['vman.ticket.x']))).toBe(false);
});
