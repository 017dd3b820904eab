import { afterEach, describe, expect, it } from '@jest/globals';
import { runConfigCommand } from './index.js';

afterEach(() => {
  process.exitCode = 0;
});

function run(argv: string[], env: Record<string, string> = {}) {
  const said = { out: '', err: '' };
  const handled = runConfigCommand(
    'intel',
    argv,
    { env: { VMAN_DATABASE_URL: 'postgres://u:CANARY@h/d', ...env }, cwd: import.meta.dirname },
    { out: (text) => (said.out += text), err: (text) => (said.err += text) },
  );
  return { handled, ...said, exitCode: process.exitCode };
}

describe('config print', () => {
  it('shows each setting with its source, and no secret', () => {
    const { out, exitCode } = run(['config', 'print', '--log-level=debug'], {
      VMAN_INTEL_PUBLIC_URL: 'http://CANARY@h',
    });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^VMAN_LOG_LEVEL +debug +command line$/m);
    expect(out).toMatch(/^VMAN_INTEL_PORT +7400 +default$/m);
    expect(out).toMatch(/^VMAN_DATABASE_URL +\[secret\] +environment$/m);
    expect(out).toMatch(/^VMAN_INTEL_PUBLIC_URL +http:\/\/\[secret\]@h +environment$/m);
    expect(out).toMatch(/^VMAN_LOG_DIR +\(not set\)$/m);
    expect(out).not.toContain('CANARY');
  });

  it('shows what it can when something is wrong', () => {
    const { out, err, exitCode } = run(['config', 'print'], { VMAN_INTEL_PORT: 'x' });
    expect(out).toContain('VMAN_LOG_LEVEL');
    expect(err).toContain('VMAN_INTEL_PORT');
    expect(exitCode).toBe(78);
  });
});

describe('--check-config', () => {
  it('ends with 0 when all is good', () => {
    expect(run(['--check-config', '--intel-port=80'])).toEqual({
      handled: true,
      out: 'The settings of intel are good.\n',
      err: '',
      exitCode: 0,
    });
  });

  it('ends with 78 and the list when not', () => {
    const { handled, err, exitCode } = run(['--check-config'], { VMAN_LOG_LEVEL: 'x', VMAN_INTEL_PORT: 'y' });
    expect([handled, exitCode]).toEqual([true, 78]);
    expect(err).toMatch(/2 faults[\s\S]*VMAN_LOG_LEVEL[\s\S]*VMAN_INTEL_PORT/);
  });
});

it('is none of the two for a normal start', () => {
  expect(run(['--log-level=debug'])).toEqual({ handled: false, out: '', err: '', exitCode: 0 });
});
