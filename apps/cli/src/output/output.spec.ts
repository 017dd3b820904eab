import { describe, expect, it } from '@jest/globals';
import { age, bytes, duration, labels, mebibytes, moment, took } from './figures.js';
import { sheet } from './sheet.js';
import { type Column, table } from './table.js';

const how = { wide: false, colour: false, nowMs: 0 };
const columns: Column<{ name: string; note: string }>[] = [
  { header: 'NAME', value: (it) => it.name, colour: (it) => (it.name === 'bad' ? 'red' : undefined) },
  { header: 'NOTE', value: (it) => it.note },
  { header: 'MORE', value: () => 'more', wide: true },
];

describe('a table', () => {
  it('has columns as wide as their text and nothing at the ends of its lines', async () => {
    const items = [
      { name: 'a', note: 'short' },
      { name: 'a-long-name', note: '' },
    ];
    expect(await table(items, columns, how)).toBe('NAME         NOTE\na            short\na-long-name  -\n');
  });

  it('counts cells, not letters', async () => {
    const items = [
      { name: '仮想', note: 'x' },
      { name: 'é', note: 'y' },
    ];
    expect(await table(items, columns, how)).toBe('NAME  NOTE\n仮想  x\né     y\n');
  });

  it('shows more when it may be wide', async () => {
    expect(await table([{ name: 'a', note: 'b' }], columns, { ...how, wide: true })).toBe(
      'NAME  NOTE  MORE\na     b     more\n',
    );
  });

  it('paints without moving the columns', async () => {
    const text = await table([{ name: 'bad', note: 'b' }], columns, { ...how, colour: true });
    expect(text).toContain('\u001b[31mbad\u001b[0m   b');
  });

  it('lets nothing from outside steer the terminal', async () => {
    const text = await table([{ name: 'x\u001b[2J\u0007', note: 'two\nlines' }], columns, how);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('two lines');
  });
});

it('a sheet leaves out what there is not and lines several values up', () => {
  const facts = [
    { name: 'Name', value: 'web' },
    { name: 'Absent', value: undefined },
    { name: 'Nothing', value: '' },
    { name: 'Ports', value: ['80', '443'] },
  ];
  expect(sheet(facts, false)).toBe('Name:  web\nPorts: 80\n       443\n');
  expect(sheet([], false)).toBe('');
});

describe('figures', () => {
  it('are rounded to what a person needs', () => {
    expect([0, 59_999, 60_000, 7_200_000, 172_800_000, -5].map(duration)).toEqual([
      '0s',
      '59s',
      '1m',
      '2h',
      '2d',
      '0s',
    ]);
    expect([512, 1536, 1_048_576].map(mebibytes)).toEqual(['512 MiB', '1.5 GiB', '1 TiB']);
    expect([0, 1023, 1024 ** 5].map(bytes)).toEqual(['0 B', '1023 B', '1024 TiB']);
    expect([12, 999.6, 1500].map(took)).toEqual(['12 ms', '1000 ms', '1.5 s']);
  });

  it('of absent times are absent', () => {
    expect(age(undefined, 0)).toBe('');
    expect(moment(undefined, 0)).toBeUndefined();
    expect(moment('1970-01-01T00:00:00.000Z', 90_000)).toBe('1970-01-01T00:00:00.000Z (1m ago)');
  });

  it('labels are in order', () => {
    expect(labels({ b: '2', a: '1' })).toBe('a=1,b=2');
  });
});
