import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { currentContext, withContext } from './context.js';
import { createLogger } from './create-logger.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logging-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const linesOf = (name: string) => read(name).trim().split('\n');

describe('a line', () => {
  it('has the level as a word, the time, the service, the ids and the message', () => {
    const log = createLogger({ service: 'operator', level: 'info', dir: folder, hostId: 'h1' });
    withContext({ operationId: 'o1' }, () => withContext({ vmId: 'v1' }, () => log.warn('hello')));
    log.info({ n: 1 }, 'bare');
    log.debug('below the level');
    const [first, second, ...more] = linesOf('operator.log').map((line) => JSON.parse(line));
    expect(first).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'operator',
      hostId: 'h1',
      operationId: 'o1',
      vmId: 'v1',
      msg: 'hello',
    });
    expect(second).toMatchObject({ n: 1, msg: 'bare' });
    expect(second.operationId).toBeUndefined();
    expect(more).toEqual([]);
  });

  it('has an error with its code and the chain of its causes', () => {
    const log = createLogger({ service: 's', level: 'info', file: join(folder, 'deep/x.log') });
    const inner = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    log.error({ err: new Error('cannot save', { cause: inner }) }, 'failed');
    expect(JSON.parse(read('deep/x.log')).err).toMatchObject({
      type: 'Error',
      message: 'cannot save',
      stack: expect.stringContaining('create-logger.spec'),
      cause: { message: 'no space', code: 'ENOSPC' },
    });
  });

  it('keeps the ids across waits, and has none outside', async () => {
    await withContext({ requestId: 'r1' }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(currentContext()).toEqual({ requestId: 'r1' });
    });
    expect(currentContext()).toEqual({});
  });
});

describe('rotation', () => {
  const write = (options: { maxBytes: number; backupCount: number }, count: number) => {
    const log = createLogger({ service: 'x', level: 'info', dir: folder, ...options });
    for (let n = 0; n < count; n++) log.info({ n }, 'y'.repeat(100));
  };
  const numbersIn = (name: string) => linesOf(name).map((line) => JSON.parse(line).n);

  it('keeps the newest lines in x.log, the ones before in x.log.1 and so on, none cut', () => {
    write({ maxBytes: 600, backupCount: 2 }, 20);
    expect(readdirSync(folder).sort()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
    const all = ['x.log.2', 'x.log.1', 'x.log'].flatMap(numbersIn);
    expect(all).toEqual([...Array(20).keys()].slice(-all.length));
    for (const name of readdirSync(folder)) expect(read(name).length).toBeLessThanOrEqual(600);
  });

  it('goes on in the file of an earlier process', () => {
    write({ maxBytes: 600, backupCount: 5 }, 2);
    write({ maxBytes: 600, backupCount: 5 }, 2);
    expect(numbersIn('x.log.1').concat(numbersIn('x.log'))).toEqual([0, 1, 0, 1]);
  });

  it('without backups starts anew, and without a limit never rotates', () => {
    write({ maxBytes: 300, backupCount: 0 }, 5);
    expect(readdirSync(folder)).toEqual(['x.log']);
    write({ maxBytes: 0, backupCount: 5 }, 50);
    expect(readdirSync(folder)).toEqual(['x.log']);
  });

  it('that fails loses no line: the file grows on, and is rotated once that can be', () => {
    // A folder in the place of the backup cannot be replaced by a file.
    mkdirSync(join(folder, 'x.log.1', 'full'), { recursive: true });
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      write({ maxBytes: 300, backupCount: 1 }, 5);
      expect(numbersIn('x.log')).toEqual([0, 1, 2, 3, 4]);
      expect(stderr.mock.calls).toEqual([[expect.stringContaining('cannot rotate the log')]]);
      rmSync(join(folder, 'x.log.1'), { recursive: true });
      write({ maxBytes: 300, backupCount: 1 }, 1);
      expect(numbersIn('x.log.1')).toEqual([0, 1, 2, 3, 4]);
      expect(numbersIn('x.log')).toEqual([0]);
    } finally {
      stderr.mockRestore();
    }
  });

  it('a line that a full disk cut short spoils none after it', () => {
    const script = join(import.meta.dirname, 'index.ts');
    const code = `
      const { execFileSync } = await import('node:child_process');
      const limit = (bytes) => execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=' + bytes + ':']);
      const { createLogger } = await import(${JSON.stringify(script)});
      const log = createLogger({ service: 'x', level: 'info', dir: ${JSON.stringify(folder)} });
      log.info({ n: 0 }, 'before');
      limit(150);
      log.info({ n: 1 }, 'cut');
      limit('unlimited');
      log.info({ n: 2 }, 'after');`;
    const loader = join(import.meta.dirname, '../../../tools/generate/load-typescript.mjs');
    const args = ['--import', loader, '--input-type=module', '-e', code];
    const result = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(result.stderr).toContain('cannot write the log');
    const [before, cut, after, ...more] = linesOf('x.log');
    expect([JSON.parse(before ?? '').n, JSON.parse(after ?? '').n, more]).toEqual([0, 2, []]);
    expect(() => JSON.parse(cut ?? '')).toThrow();
  });

  it('of a file that cannot be written loses lines, says so once, and stops nothing', () => {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const log = createLogger({ service: 'x', level: 'info', file: '/dev/full' });
      log.info('lost');
      log.info('lost too');
      expect(stderr.mock.calls).toEqual([[expect.stringContaining('cannot write the log /dev/full')]]);
    } finally {
      stderr.mockRestore();
    }
  });
});

describe('the last words of a process', () => {
  const run = (body: string, extra = '') => {
    const script = join(import.meta.dirname, 'index.ts');
    const code = `
      const { createLogger, logUncaught } = await import(${JSON.stringify(script)});
      const log = createLogger({ service: 'x', level: 'info', ${extra} });
      logUncaught(log, ${extra === '' ? 'undefined' : '"x.log"'});
      ${body}`;
    const loader = join(import.meta.dirname, '../../../tools/generate/load-typescript.mjs');
    const args = ['--import', loader, '--input-type=module', '-e', code];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  };

  it.each([
    ['process.exit', 'log.info("last"); process.exit(3)', 3, 'last'],
    [
      'an uncaught error',
      'setImmediate(() => { throw new Error("boom") })',
      1,
      'uncaught error, the process ends',
    ],
    ['an unhandled rejection', 'Promise.reject(new Error("boom"))', 1, 'uncaught error, the process ends'],
  ])('are in the file after %s', (_, body, status, msg) => {
    const result = run(body, `dir: ${JSON.stringify(folder)}`);
    expect(result.status).toBe(status);
    expect(JSON.parse(linesOf('x.log').at(-1) ?? '').msg).toBe(msg);
  });

  it('say on standard error where they are, in one line', () => {
    const result = run('setImmediate(() => { throw new Error("boom") })', `dir: ${JSON.stringify(folder)}`);
    expect(result).toMatchObject({
      stdout: '',
      stderr: 'ended by an uncaught error; see the end of x.log\n',
    });
  });

  it('are in no other format, and without secrets, on standard output', () => {
    const result = run('await Promise.reject(new Error("at postgres://u:CANARY@h/d"))');
    expect([result.status, result.stderr]).toEqual([1, '']);
    expect(JSON.parse(result.stdout)).toMatchObject({ level: 'fatal', err: { type: 'Error' } });
    expect(result.stdout).not.toContain('CANARY');
  });

  it('go to standard output when no file is named', () => {
    const result = run('log.info("last"); process.exit(0)');
    expect(JSON.parse(result.stdout)).toMatchObject({ msg: 'last', service: 'x' });
  });
});

it('is readable by the tools of the trade', () => {
  const log = createLogger({ service: 'x', level: 'info', dir: folder });
  log.info({ text: 'a "quoted"\nline' }, 'one');
  expect(execFileSync('wc', ['-l', join(folder, 'x.log')], { encoding: 'utf8' })).toMatch(/^1 /);
});
