import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Command } from '#libs/contracts';
import { VirtualClock } from '#libs/testing';
import { CommandJournal, type JournalEntry } from './command-journal.js';
import { countStart } from './host-record.js';
import { readJson, removeDurably, writeJson } from './json-file.js';
import { lockStorage } from './storage-lock.js';
import { Tombstones } from './tombstones.js';

const DAY_MS = 24 * 3_600_000;
const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vman-state-'));
  path = join(folder, 'x.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a state file', () => {
  it('gives back what was written, and nothing when there is none', async () => {
    expect(await readJson(path)).toBeUndefined();
    await writeJson(path, { a: [1, undefined] });
    expect(await readJson(path)).toEqual({ a: [1, null] });
    expect(readdirSync(folder)).toEqual(['x.json']);
    await removeDurably(path);
    expect(existsSync(path)).toBe(false);
  });

  it.each(['', '{"version":1', '{"version":1,"checksum":"0","content":{}}', '{"version":9}'])(
    'that holds %j is put aside and told of, never believed',
    async (text) => {
      writeFileSync(path, text);
      const damaged: string[] = [];
      expect(await readJson(path, (it) => damaged.push(it))).toBeUndefined();
      expect(damaged).toEqual([path]);
      expect(readdirSync(folder)).toEqual(['x.json.damaged']);
    },
  );

  it('with one flipped bit is not believed', async () => {
    await writeJson(path, { generation: 17 });
    writeFileSync(path, readFileSync(path, 'utf8').replace('17', '16'));
    expect(await readJson(path)).toBeUndefined();
  });

  it('that cannot be written leaves the old content and no rest', async () => {
    await expect(writeJson(join(folder, 'none', 'x.json'), 1)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder)).toEqual([]);
    await expect(readJson(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('the lock of a storage path', () => {
  it('is refused while its holder lives, and given again once released', async () => {
    const lock = await lockStorage(path);
    await expect(lockStorage(path)).rejects.toMatchObject({ code: 'resource_in_use' });
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
    await (await lockStorage(path)).release();
  });

  it.each(['{"pid":999999,"startTime":1,"bootId":"x"}', 'no JSON'])(
    'of a dead holder (%s) is taken over',
    async (text) => {
      writeFileSync(path, text);
      const lock = await lockStorage(path);
      expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
      await lock.release();
    },
  );
});

describe('the record of the host', () => {
  it('keeps the id and counts the starts', async () => {
    const first = await countStart(path, undefined, 5_000);
    const second = await countStart(path, first.hostId, 1_000);
    expect(second).toMatchObject({ hostId: first.hostId, startCount: first.startCount + 1 });
    expect([first.isNew, second.isNew, second.incarnation]).toEqual([true, false, first.incarnation]);
    await expect(countStart(path, VM, 0)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('never counts lower when it was lost', async () => {
    const first = await countStart(path, VM, 1_000_000);
    rmSync(path);
    expect((await countStart(path, VM, 1_010_000)).startCount).toBeGreaterThan(first.startCount);
  });
});

describe('a tombstone', () => {
  const stone = { generation: 7, startGeneration: 1, presence: 'deleted' as const, atMs: 0 };

  it('is there after a restart, for 30 days', async () => {
    const clock = new VirtualClock();
    const before = new Tombstones(folder, clock);
    await before.put(VM, { ...stone, atMs: clock.now() });
    const after = new Tombstones(folder, clock);
    await after.load();
    expect(after.get(VM)?.generation).toBe(7);
    await clock.advance(31 * DAY_MS);
    const late = new Tombstones(folder, clock);
    await late.load();
    expect([...late.entries()]).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('goes when a later generation brings the VM back', async () => {
    const stones = new Tombstones(folder, new VirtualClock());
    await stones.put(VM, stone);
    await stones.remove(VM);
    await stones.remove(VM);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the journal of commands', () => {
  it('keeps open ones, and results until a day after their deadline', async () => {
    const clock = new VirtualClock();
    const now = clock.now();
    const entry = (operationId: string, status: JournalEntry['status']): JournalEntry => ({
      command: { operationId, deadlineAtMs: now } as Command,
      status,
      attempts: 0,
      atMs: now,
    });
    const journal = new CommandJournal(folder, clock);
    await journal.put(entry('b', 'running'));
    await journal.put(entry('a', 'succeeded'));
    const after = new CommandJournal(folder, clock);
    await after.load();
    expect(after.open().map((it) => it.command.operationId)).toEqual(['b']);
    expect(after.finished().map((it) => it.command.operationId)).toEqual(['a']);
    await clock.advance(26 * 3_600_000);
    expect(after.finished()).toEqual([]);
    await after.sweep();
    expect(readdirSync(folder).sort()).toEqual(['b.json', 'reserve']);
  });

  it('knows nothing of a command that it could not write down', async () => {
    const journal = new CommandJournal(join(folder, 'not-there'), new VirtualClock());
    const command = { operationId: 'a', deadlineAtMs: 0 } as Command;
    const entry: JournalEntry = { command, status: 'accepted', attempts: 0, atMs: 0 };
    await expect(journal.put(entry, { status: 'running' })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(journal.get('a')).toBeUndefined();
    expect(entry.status).toBe('accepted');
  });
});
