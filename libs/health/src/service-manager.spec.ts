import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '#libs/testing';
import { ServiceManager } from './service-manager.js';

describe('a service manager', () => {
  let folder: string;
  let told: { level: string; fields: object; message: string }[];
  let manager: ServiceManager | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'service-manager-'));
    told = [];
  });
  afterEach(() => {
    manager?.stop();
    rmSync(folder, { recursive: true });
  });

  const begin = (asks: { listens: boolean; watchdogMs: number | undefined }, program = notifier()) => {
    // A word on its way when a test ends is told to that test.
    const mine = told;
    const log = (level: string) => (fields: object, message: string) =>
      void mine.push({ level, fields, message });
    manager = ServiceManager.begin({ asks, program, logger: { warn: log('warn'), fatal: log('fatal') } });
    return manager;
  };
  /** Writes down what it shall tell. */
  const notifier = () => {
    const program = join(folder, 'notify');
    writeFileSync(program, `#!/bin/sh\necho "$*" >> ${folder}/words\n`);
    chmodSync(program, 0o700);
    return program;
  };
  const words = () =>
    existsSync(join(folder, 'words')) ? readFileSync(join(folder, 'words'), 'utf8').trim().split('\n') : [];
  const until = (word: string, times = 1) =>
    waitFor(() => words().filter((it) => it === word).length >= times, { what: `${times} times ${word}` });

  it('is asked for more time before the process is up, and gets signs of life from then on', async () => {
    const begun = begin({ listens: true, watchdogMs: 60 });
    await until('EXTEND_TIMEOUT_USEC=60000', 2);
    expect(words()).not.toContain('WATCHDOG=1');
    begun.ready({ stuck: [] });
    await until('READY=1');
    await until('WATCHDOG=1', 3);
    expect(told).toEqual([]);
  });

  it('gets no sign of life while a loop is stuck, and the log says which', async () => {
    const liveness = { stuck: ['relay'] as string[] };
    begin({ listens: true, watchdogMs: 60 }).ready(liveness);
    await waitFor(() => told.length > 0, { what: 'the log' });
    expect(words()).not.toContain('WATCHDOG=1');
    expect(told).toEqual([
      { level: 'fatal', fields: { stuck: ['relay'] }, message: 'stuck; the service manager will end it' },
    ]);
    liveness.stuck = [];
    await until('WATCHDOG=1');
  });

  it('without a watchdog hears once that the process is up', async () => {
    begin({ listens: true, watchdogMs: undefined }).ready({ stuck: [] });
    await until('READY=1');
    expect(words()).toEqual(['READY=1']);
  });

  it('that cannot be told is complained of once', async () => {
    begin({ listens: true, watchdogMs: 30 }, join(folder, 'nothing')).ready({ stuck: [] });
    await waitFor(() => told.length > 0, { what: 'a warning' });
    expect(told.map(({ message }) => message)).toEqual(['the service manager cannot be told']);
  });

  it('that does not listen is told nothing', () => {
    begin({ listens: false, watchdogMs: undefined }, '/nowhere').ready({ stuck: [] });
    expect(told).toEqual([]);
  });
});
