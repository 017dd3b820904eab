import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { VirtualClock } from '#libs/testing';
import type { Database, TokenEntity, Tx } from '../db-operator/index.js';
import { hashOfToken, TokenLookup } from './token-lookup.js';

function lookupOf(tokens: Map<string, Pick<TokenEntity, 'id'>>) {
  const clock = new VirtualClock();
  let looks = 0;
  const tx = {
    tokens: {
      valid: async (hash: string) => {
        looks += 1;
        return tokens.get(hash);
      },
    },
  } as unknown as Tx;
  const database = { read: <T>(work: (tx: Tx) => Promise<T>) => work(tx) } as unknown as Database;
  return { lookup: new TokenLookup(database, clock), clock, looks: () => looks };
}

const request = (authorization?: string) => ({ raw: {}, headers: { authorization } }) as FastifyRequest;

describe('the token of a request', () => {
  it('is looked for once, when its head is there', async () => {
    const { lookup, looks } = lookupOf(new Map([[hashOfToken('secret'), { id: 'token' }]]));
    const own = request('Bearer secret');
    const early = lookup.of(own);
    expect((await lookup.of(own)).token?.id).toBe('token');
    expect(await early).toBe(await lookup.of(own));
    expect(looks()).toBe(1);
  });

  it('that is revoked while its body is still being sent is not valid any more', async () => {
    const tokens = new Map([[hashOfToken('secret'), { id: 'token' }]]);
    const { lookup, clock } = lookupOf(tokens);
    const own = request('Bearer secret');
    expect((await lookup.of(own)).token?.id).toBe('token');
    tokens.clear();
    await clock.advance(60_000);
    expect((await lookup.of(own)).token).toBeUndefined();
  });

  it('is nobody’s when it has another shape, and then the database is not asked', async () => {
    const { lookup, looks } = lookupOf(new Map());
    expect(await lookup.of(request())).toEqual({});
    expect(await lookup.of(request('Basic abc'))).toEqual({});
    expect(looks()).toBe(0);
  });
});
