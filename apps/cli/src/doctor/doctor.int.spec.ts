import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestTerminal } from '../../../../test/cli/test-terminal.js';
import { FakeApi } from '../../../../test/fake-api/fake-api.js';
import { problem, TOKEN } from '../../../../test/fake-api/fake-state.js';
import type { Finding } from './finding.js';

describe('vman doctor', () => {
  let api: FakeApi;
  beforeEach(async () => {
    api = await FakeApi.start();
  });
  afterEach(() => api.stop());

  async function findings(env: Record<string, string> = {}): Promise<{ exitCode: number; found: Finding[] }> {
    const shell = new TestTerminal({ env: { VMAN_URL: api.url, VMAN_TOKEN: TOKEN, ...env } });
    const exitCode = await shell.run('doctor -o json');
    return { exitCode, found: JSON.parse(shell.stdout) };
  }
  const statusOf = (found: Finding[], about: string) => found.find((it) => it.about === about)?.status;

  it('finds nothing wrong with a healthy fleet', async () => {
    const { exitCode, found } = await findings();
    expect(exitCode).toBe(0);
    for (const about of [
      'api',
      'database',
      'clock',
      'version',
      'token',
      'repairs',
      'host alpha',
      'vms',
      'drifts',
    ]) {
      expect([about, statusOf(found, about)]).toEqual([about, 'ok']);
    }
  });

  it('ends with 1 when something does not work', async () => {
    api.hosts = [];
    api.health = { status: 503, body: { details: { bus: { status: 'down', message: 'away' } } } };
    const { exitCode, found } = await findings();
    expect(exitCode).toBe(1);
    expect([statusOf(found, 'bus'), statusOf(found, 'hosts')]).toEqual(['fault', 'fault']);
  });

  it('tells a bad token from a bad fleet', async () => {
    const { exitCode, found } = await findings({ VMAN_TOKEN: 'wrong' });
    expect(exitCode).toBe(1);
    expect(statusOf(found, 'token')).toBe('fault');
    expect(statusOf(found, 'host alpha')).toBeUndefined();
  });

  it('says where the address came from that does not answer, and still looks at this host', async () => {
    const { exitCode, found } = await findings({ VMAN_URL: 'http://127.0.0.1:1' });
    expect(exitCode).toBe(1);
    expect(found[0]).toMatchObject({
      about: 'api',
      status: 'fault',
      cure: expect.stringContaining('VMAN_URL'),
    });
    expect(found.some(({ about }) => about.startsWith('this host'))).toBe(true);
  });

  it('reports a fleet that cannot be read', async () => {
    const passing = { status: 200, body: { items: [] } };
    api.instead.push(api.health, { status: 200, body: {} }, passing, problem('internal', 'Broken.'));
    expect(statusOf((await findings()).found, 'fleet')).toBe('fault');
  });

  it('writes a list for people', async () => {
    const shell = new TestTerminal({ env: { VMAN_URL: api.url, VMAN_TOKEN: TOKEN } });
    expect(await shell.run('doctor')).toBe(0);
    expect(shell.stdout).toMatch(/^ok {7}api {2,}http:.* answers in /);
    expect(shell.stdout).toMatch(/\n0 faults, \d+ warnings, \d+ ok\n$/);
  });
});
