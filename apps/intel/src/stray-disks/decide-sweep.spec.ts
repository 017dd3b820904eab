import { describe, expect, it } from '@jest/globals';
import type { DiskFile } from '#libs/contracts';
import { decideSweep, type SweepFacts } from './decide-sweep.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const file = (fields: Partial<DiskFile> = {}): DiskFile => ({
  diskId: 'a',
  fileBytes: 1,
  sizeBytes: 2,
  held: false,
  ...fields,
});
const aside = file({ quarantinedAtMs: 1 });
const stray = (fields: Partial<SweepFacts['strays'][number]> = {}) => ({
  diskId: 'a',
  seenForMs: 0,
  quarantinedForMs: null,
  busy: false,
  ...fields,
});
const row = (fields: Partial<SweepFacts['rows'][number]> = {}): SweepFacts['rows'][number] => ({
  id: 'a',
  poolId: 'p',
  vmId: null,
  state: 'available',
  made: true,
  failureCode: '',
  missingSince: null,
  ...fields,
});
const sweep = (fields: Partial<SweepFacts>) =>
  decideSweep({
    poolId: 'p',
    files: [],
    complete: true,
    rows: [],
    strays: [],
    quarantineAfterMs: HOUR,
    keepMs: 30 * DAY,
    ...fields,
  }).map((it) => it.kind);

describe('a file that no row knows', () => {
  it.each<[string, Partial<SweepFacts>, string[]]>([
    ['is only noted at first', { files: [file()] }, ['sight']],
    ['stays until its time', { files: [file()], strays: [stray({ seenForMs: HOUR - 1 })] }, ['sight']],
    [
      'goes into quarantine when it is seen again after it',
      { files: [file()], strays: [stray({ seenForMs: HOUR })] },
      ['sight', 'quarantine'],
    ],
    ['is left alone at first even without a time', { files: [file()], quarantineAfterMs: 0 }, ['sight']],
    [
      'is left alone while a host of its pool is silent',
      { files: [file()], strays: [stray({ seenForMs: DAY })], complete: false },
      ['sight'],
    ],
    [
      'is left alone while its host is at work on it',
      { files: [file()], strays: [stray({ seenForMs: DAY, busy: true })] },
      ['sight'],
    ],
    [
      'is none while a VM of its host has it',
      { files: [file({ held: true })], strays: [stray()] },
      ['forget'],
    ],
    ['is forgotten once it is gone', { strays: [stray()] }, ['forget']],
    ['is not forgotten while a host is silent', { strays: [stray()], complete: false }, []],
    ['is forgotten once a row knows it', { files: [file()], rows: [row()], strays: [stray()] }, ['forget']],
    [
      'is left alone when a row in another pool knows it',
      { files: [file()], rows: [row({ poolId: 'q' })] },
      [],
    ],
  ])('%s', (_promise, facts, expected) => expect(sweep(facts)).toEqual(expected));
});

describe('a file in quarantine', () => {
  const since = (quarantinedForMs: number) => [stray({ seenForMs: 90 * DAY, quarantinedForMs })];
  it.each<[string, Partial<SweepFacts>, string[]]>([
    ['stays for its time', { files: [aside], strays: since(30 * DAY - 1) }, ['sight']],
    ['is destroyed after it', { files: [aside], strays: since(30 * DAY) }, ['sight', 'purge']],
    ['is kept for ever with a time of 0', { files: [aside], strays: since(900 * DAY), keepMs: 0 }, ['sight']],
    ['is not destroyed on the first look', { files: [aside] }, ['sight']],
    [
      'is not destroyed while a host is silent',
      { files: [aside], strays: since(40 * DAY), complete: false },
      ['sight'],
    ],
    ['comes back when a row knows it', { files: [aside], rows: [row()] }, ['sight', 'return']],
    ['is not asked for twice', { files: [aside], rows: [row()], strays: [stray({ busy: true })] }, []],
    [
      'does not hide another one that is in its place',
      { files: [aside, file()], rows: [row()], strays: [stray()] },
      ['forget'],
    ],
  ])('%s', (_promise, facts, expected) => expect(sweep(facts)).toEqual(expected));
});

describe('a disk without its file', () => {
  it.each<[string, Partial<SweepFacts>, string[]]>([
    ['is noted at first', { rows: [row()] }, ['miss']],
    ['has failed when it is missed again', { rows: [row({ missingSince: new Date() })] }, ['lose']],
    ['is not missed while a host is silent', { rows: [row()], complete: false }, []],
    ['is told by its host while a VM has it', { rows: [row({ vmId: 'v' })] }, []],
    ['is not missed before it was made', { rows: [row({ made: false, state: 'creating' })] }, []],
    ['is not missed while it is removed', { rows: [row({ state: 'deleting' })] }, []],
    [
      'is well when it is seen again',
      { files: [file()], rows: [row({ missingSince: new Date() })] },
      ['find'],
    ],
    [
      'is available again when its file is back',
      { files: [file()], rows: [row({ state: 'failed', failureCode: 'disk_missing' })] },
      ['find'],
    ],
    ['that failed for another reason stays so', { files: [file()], rows: [row({ state: 'failed' })] }, []],
  ])('%s', (_promise, facts, expected) => expect(sweep(facts)).toEqual(expected));
});
