import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openLog } from './open-log.js';

let folder: string;
let listeners: NodeJS.UncaughtExceptionListener[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-log-'));
  listeners = process.listeners('uncaughtException');
});
afterEach(() => {
  for (const it of process.listeners('uncaughtException'))
    if (!listeners.includes(it)) process.off('uncaughtException', it);
  rmSync(folder, { recursive: true });
});

const settings = { logLevel: 'info', logFile: undefined, logDir: undefined } as const;
const limits = { logMaxBytes: 0, logBackupCount: 0 };
const refuse = (service: string, { key, problem, instead }: Record<string, string>): never => {
  throw new Error(`${service} ${key} ${problem} -> ${instead}`);
};

it('is the log that the settings name', () => {
  openLog('intel', { ...settings, ...limits, logDir: join(folder, 'deep') }, refuse).info('hello');
  expect(readFileSync(join(folder, 'deep', 'intel.log'), 'utf8')).toContain('hello');
});

it('refuses a place that cannot be written, by the name of its setting', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => openLog('intel', { ...settings, ...limits, logDir: file }, refuse)).toThrow(
    `intel VMAN_LOG_DIR the log ${file}/intel.log cannot be written (EEXIST) -> name a place`,
  );
  expect(() => openLog('operator', { ...settings, ...limits, logFile: folder }, refuse)).toThrow(
    `operator VMAN_LOG_FILE the log ${folder} cannot be written (EISDIR) -> name a place`,
  );
});
