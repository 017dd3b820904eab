import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestTerminal } from '../../../../test/cli/test-terminal.js';
import { FakeApi } from '../../../../test/fake-api/fake-api.js';
import { TOKEN } from '../../../../test/fake-api/fake-state.js';

describe('contexts', () => {
  let api: FakeApi;
  let home: string;
  const terminal = (env: Record<string, string> = {}) => new TestTerminal({ home, env });
  const path = () => join(home, '.config', 'vman', 'config.yaml');

  beforeEach(async () => {
    api = await FakeApi.start();
    home = mkdtempSync(join(tmpdir(), 'vman-home-'));
  });
  afterEach(async () => {
    rmSync(home, { recursive: true });
    await api.stop();
  });

  it('are kept in a file of the owner alone, and used', async () => {
    const shell = terminal();
    shell.stdin = `${TOKEN}\n`;
    expect(await shell.run(`context set here --url ${api.url} --token-stdin`)).toBe(0);
    expect(shell.stdout).toBe(`here: ${api.url}, the current context\n`);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    const list = terminal();
    expect(await list.run('vm list -o name')).toBe(0);
    expect(list.stdout).toBe('hello\nweb-1\n');
  });

  it('are listed without their tokens, switched and forgotten', async () => {
    const tokenFile = join(home, 'token');
    writeFileSync(tokenFile, TOKEN);
    await terminal().run(`context set a --url ${api.url} --token-file ${tokenFile}`);
    const other = terminal();
    other.stdin = 'secret';
    await other.run('context set b --url http://b --token-stdin');
    expect(await terminal().run('context use b')).toBe(0);
    const list = terminal();
    await list.run('context list');
    expect(list.stdout).toBe(
      [
        `CURRENT  NAME  ${'URL'.padEnd(api.url.length)}  TOKEN`,
        `         a     ${api.url}  ${tokenFile}`,
        `*        b     ${'http://b'.padEnd(api.url.length)}  stored`,
        '',
      ].join('\n'),
    );
    expect(await terminal().run('vm list --context a')).toBe(0);
    expect(await terminal({ VMAN_CONTEXT: 'a' }).run('vm list')).toBe(0);
    expect(await terminal().run('context delete b')).toBe(0);
    expect(readFileSync(path(), 'utf8')).not.toContain('secret');
    expect(await terminal().run('context set c --url http://c --use')).toBe(0);
    expect(readFileSync(path(), 'utf8')).toContain('current: c');
  });

  it.each(['contexts: [', 'contexts: {a: {}}', 'just text'])(
    'of a damaged file (%p) are an error',
    async (text) => {
      const shell = terminal();
      await shell.run('context set a --url http://a');
      writeFileSync(path(), text);
      expect(await terminal().run('vm list')).toBe(2);
    },
  );

  it('need a name that is one, and a token file that is there', async () => {
    expect(await terminal().run('context set ../x --url http://a')).toBe(2);
    const shell = terminal({ XDG_CONFIG_HOME: join(home, 'xdg') });
    expect(await shell.run('context set a --url http://a --token-file /no/token')).toBe(0);
    expect(await shell.run('vm list')).toBe(2);
    expect(shell.stderr).toContain('The token file /no/token cannot be read: ENOENT');
  });
});
