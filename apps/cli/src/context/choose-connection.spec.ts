import { describe, expect, it } from '@jest/globals';
import { chooseConnection, needsConfig } from './choose-connection.js';
import { changed } from './set-context.js';

const config = {
  current: 'home',
  contexts: {
    home: { url: 'http://home:7400', token: 'home-token' },
    work: { url: 'https://work', tokenFile: '/secret/work' },
  },
};

describe('the connection', () => {
  it('is that of the current context', () => {
    expect(chooseConnection({}, {}, config)).toMatchObject({
      url: 'http://home:7400',
      token: 'home-token',
      origin: 'context home',
    });
  });

  it('is that of the context that is named, by option before environment', () => {
    expect(chooseConnection({}, { VMAN_CONTEXT: 'work' }, config).tokenFile).toBe('/secret/work');
    expect(chooseConnection({ context: 'home' }, { VMAN_CONTEXT: 'work' }, config).token).toBe('home-token');
    expect(chooseConnection({ context: 'work' }, { VMAN_TOKEN: 'other' }, config).tokenFile).toBe(
      '/secret/work',
    );
  });

  it('takes URL and token from the environment, and options before that', () => {
    const env = { VMAN_URL: 'http://env', VMAN_TOKEN: ' t \n' };
    expect(chooseConnection({}, env, config)).toMatchObject({
      url: 'http://env',
      token: 't',
      origin: 'VMAN_URL',
    });
    expect(chooseConnection({ url: 'http://flag/', tokenFile: '/f' }, env, config)).toMatchObject({
      url: 'http://flag',
      tokenFile: '/f',
      origin: '--url',
    });
    expect(chooseConnection({}, { VMAN_TOKEN_FILE: '/env' }, config).tokenFile).toBe('/env');
  });

  it('never sends the token of a context to another server', () => {
    expect(chooseConnection({ url: 'http://elsewhere' }, {}, config).token).toBeUndefined();
    expect(chooseConnection({ url: 'http://home:7400/' }, {}, config).token).toBe('home-token');
  });

  it('is the local one when nothing was said', () => {
    expect(chooseConnection({}, {}, { contexts: {} })).toMatchObject({
      url: 'http://127.0.0.1:7400',
      origin: 'default',
    });
  });

  it('needs a context that exists and an address that is one', () => {
    expect(() => chooseConnection({ context: 'away' }, {}, config)).toThrow('There is no context away.');
    expect(() => chooseConnection({ url: 'ftp://x' }, {}, config)).toThrow(/not an http/);
    expect(() => chooseConnection({ url: 'nonsense' }, {}, config)).toThrow(/not an http/);
  });

  it('needs no file when URL and token are given', () => {
    expect(needsConfig({}, { VMAN_URL: 'http://x', VMAN_TOKEN: 't' })).toBe(false);
    expect(needsConfig({ url: 'http://x' }, {})).toBe(true);
    expect(needsConfig({ context: 'home' }, { VMAN_URL: 'http://x', VMAN_TOKEN: 't' })).toBe(true);
  });
});

describe('a context', () => {
  it('keeps what is not given anew', () => {
    const before = { url: 'http://a', token: 't' };
    expect(changed(before, { url: 'http://b/' })).toEqual({ url: 'http://b', token: 't' });
    expect(changed(before, { token: 'u' })).toEqual({ url: 'http://a', token: 'u' });
    expect(changed(before, { tokenFile: '/f' })).toEqual({ url: 'http://a', tokenFile: '/f' });
  });

  it('needs a URL and a token that is one', () => {
    expect(() => changed(undefined, {})).toThrow(/needs --url/);
    expect(() => changed({ url: 'http://a' }, { token: '' })).toThrow(/no token/);
  });
});
