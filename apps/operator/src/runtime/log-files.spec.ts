import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readLogTail, readLogWords, readTailBytes, rotateLog } from './log-files.js';

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vman-log-'));
  log = join(folder, 'serial.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a log', () => {
  it('below its cap, or not there, is left alone', async () => {
    expect(await rotateLog(log, 10)).toBe(false);
    writeFileSync(log, '0123456789');
    expect(await rotateLog(log, 10)).toBe(false);
    expect(existsSync(`${log}.1`)).toBe(false);
  });

  it('that grew is cut in place, and its last part is kept beside it', async () => {
    writeFileSync(log, 'old words, new words');
    const { ino } = statSync(log);
    expect(await rotateLog(log, 9)).toBe(true);
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('new words');
    expect(statSync(log)).toMatchObject({ ino, size: 0 });
    appendFileSync(log, '!');
    expect((await readLogTail(log, 6)).toString()).toBe('words!');
    expect((await readLogTail(log, 1)).toString()).toBe('!');
    expect((await readLogTail(log, 100)).toString()).toBe('new words!');
  });

  it('is read from its end, from a place on, and as nothing when it is not there', async () => {
    writeFileSync(log, 'before|after');
    expect((await readTailBytes(log, 3)).toString()).toBe('ter');
    expect(await readLogWords(log, 7)).toBe('after');
    expect(await readLogTail(join(folder, 'none'), 5)).toHaveLength(0);
    await expect(readTailBytes(folder, 5)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
