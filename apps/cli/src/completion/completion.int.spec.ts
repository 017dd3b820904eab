import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestTerminal } from '../../../../test/cli/test-terminal.js';
import { FakeApi } from '../../../../test/fake-api/fake-api.js';
import { TOKEN } from '../../../../test/fake-api/fake-state.js';
import { completionScript, SHELLS } from './scripts.js';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

/** The words that the shell is given, without their descriptions. */
async function words(...line: string[]): Promise<string[]> {
  const shell = new TestTerminal({ env: { VMAN_URL: api.url, VMAN_TOKEN: TOKEN } });
  expect(await shell.run(['__complete', ...line])).toBe(0);
  expect(shell.stderr).toBe('');
  return shell.stdout
    .split('\n')
    .filter(Boolean)
    .map((it) => it.split('\t')[0]!);
}

describe('completion', () => {
  it('offers nouns, verbs and options', async () => {
    expect(await words('v')).toEqual(['vm']);
    expect(await words('vm', 're')).toEqual(['reboot', 'reset', 'resume', 'restore']);
    expect(await words('vm', 'list', '--st')).toEqual(['--state']);
    expect(await words('vm', 'list', '--out')).toEqual(['--output']);
    expect(await words('vms', 'get', 'hello', '-')).toContain('--watch');
  });

  it('offers the values of an option, after a blank or an equals sign', async () => {
    expect(await words('vm', 'list', '--state', 'cr')).toEqual(['crashed', 'crash-loop']);
    expect(await words('vm', 'list', '--state=st')).toEqual([
      '--state=stopped',
      '--state=starting',
      '--state=stopping',
    ]);
    expect(await words('vm', 'list', '--nothing=')).toEqual([]);
    expect(await words('vm', 'list', '-o', '')).toEqual(['table', 'wide', 'json', 'yaml', 'name']);
    expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('offers the names that there are now', async () => {
    expect(await words('vm', 'start', '')).toEqual(['hello', 'web-1']);
    expect(await words('vm', 'start', 'hello', 'w')).toEqual(['web-1']);
    expect(await words('vm', 'create', 'x', '--template', 'd')).toEqual(['debian']);
    expect(await words('vm', 'list', '--host', '')).toEqual(['alpha']);
    expect(await words('token', 'delete', '')).toEqual(['ci']);
    api.begin('vm.start', api.vms[0]!);
    expect(await words('operation', 'get', '')).toEqual([api.operations[0]!.id]);
    expect(await words('context', 'use', '')).toEqual([]);
    expect(await words('vm', 'get', 'hello', '')).toEqual([]);
  });

  it('is silent when the API is away', async () => {
    const shell = new TestTerminal({ env: { VMAN_URL: 'http://127.0.0.1:1', VMAN_TOKEN: TOKEN } });
    expect(await shell.run(['__complete', 'vm', 'start', ''])).toBe(0);
    expect(shell.stdout + shell.stderr).toBe('');
  });
});

describe('the scripts', () => {
  it.each(SHELLS)('for %s are printed', async (shell) => {
    const terminal = new TestTerminal();
    expect(await terminal.run(`completion ${shell}`)).toBe(0);
    expect(terminal.stdout).toBe(completionScript(shell));
  });

  it('for bash complete a line', () => {
    const script = `
      vman() { [ "$1" = __complete ] && printf 'start\\tstart VMs\\nstop\\tcut\\n'; }
      ${completionScript('bash')}
      COMP_LINE='vman vm st' COMP_POINT=10 COMP_WORDS=(vman vm st) COMP_CWORD=2
      _vman; echo "\${COMPREPLY[@]}"`;
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('start stop\n');
  });
});
