import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const loader = join(import.meta.dirname, '../../../tools/generate/load-typescript.mjs');
const code = `
  const { loadConfigOrExit } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))});
  console.log('started with ' + loadConfigOrExit('observer').observerPort);`;

/** A process that starts like a service, with its own command line and environment. */
function start(argv: string[], env: Record<string, string> = {}) {
  const args = ['--import', loader, '--input-type=module', '-e', code, 'service', ...argv];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: tmpdir(),
    env,
  });
  return { status, stdout, stderr };
}

describe('a starting service', () => {
  it('gets its settings', () => {
    expect(start([], { VMAN_OBSERVER_PORT: '9000' })).toMatchObject({
      status: 0,
      stdout: 'started with 9000\n',
    });
  });

  it('does not start with faulty settings, and ends with 78', () => {
    const { status, stdout, stderr } = start([], { VMAN_OBSERVER_PORT: 'x', VMAN_LOG_LEVEL: 'y' });
    expect([status, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(/^The settings of observer have 2 faults:/);
  });

  it('does not start when only asked about its settings', () => {
    expect(start(['config', 'print']).stdout).toMatch(/^VMAN_OBSERVER_PORT +7402 +default$/m);
    expect(start(['--check-config'])).toMatchObject({
      status: 0,
      stdout: 'The settings of observer are good.\n',
    });
    expect(start(['--check-config'], { VMAN_LOG_LEVEL: 'y' }).status).toBe(78);
  });
});
