import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CATALOGUE } from '../catalogue/index.js';
import type { RoundResult } from '../round.js';
import { ENTRIES } from './coverage.js';
import { machineFacts } from './machine-facts.js';
import { reliabilityPage } from './reliability-page.js';
import { summarize } from './summarize.js';

const round = (fields: Partial<RoundResult>): RoundResult => ({
  seed: 1,
  injected: [],
  outcomes: { ok: 3, fail: 2, unknown: 1 },
  settledMs: 100,
  failedOperations: {},
  violations: [],
  history: '',
  ...fields,
});

describe('the figures of all rounds', () => {
  const rounds = [
    round({ injected: [{ id: 'A1', backMs: 30 }], failedOperations: { port_in_use: 1 } }),
    round({
      seed: 2,
      settledMs: 300,
      injected: [
        { id: 'A1', backMs: 10 },
        { id: 'B1', backMs: 2_000 },
      ],
      failedOperations: { port_in_use: 2 },
      violations: [{ invariant: 'I1', what: 'two' }],
    }),
  ];

  it('add up, and every violation names its seed', () => {
    expect(summarize(1, rounds)).toEqual({
      name: 'faults',
      rounds: 2,
      seed: 1,
      faults: {
        A1: { happened: 2, backMs: { median: 30, max: 30 } },
        B1: { happened: 1, backMs: { median: 2_000, max: 2_000 } },
      },
      requests: { ok: 6, fail: 4, unknown: 2 },
      settledMs: { median: 300, max: 300 },
      failedOperations: { port_in_use: 3 },
      violations: [{ invariant: 'I1', what: 'two', seed: 2 }],
      holds: false,
    });
    expect(summarize(1, [round({})]).holds).toBe(true);
  });

  it('are a page that names every fault, every promise, and where the figures are from', () => {
    const page = reliabilityPage(CATALOGUE, summarize(1, rounds), machineFacts(['--seed', '1']));
    for (const { id, name } of CATALOGUE) expect(page).toContain(`| ${id} | ${name} |`);
    expect(page).toContain('| I1 | at most one live QEMU for a VM in the whole fleet | broken 1 times |');
    expect(page).toContain('| A1 | intel killed after its commit, before its answer | 2 | 0.0 s | 0.0 s |');
    expect(page).toContain('`npm run faults -- --seed 1`, seeds from 1.');
    expect(page).toMatch(/\d{4}-\d\d-\d\d, commit \w+, \d+ x /);
  });
});

describe('each thing that must be survived', () => {
  it('is tried somewhere, by faults and files that are there', () => {
    const ids = CATALOGUE.map(({ id }) => id);
    for (const { what, faults, elsewhere } of ENTRIES) {
      expect([what, faults.length + elsewhere.length]).not.toEqual([what, 0]);
      for (const id of faults) expect(ids).toContain(id);
      for (const path of elsewhere) expect([path, existsSync(path)]).toEqual([path, true]);
    }
  });

  it('names every fault of the catalogue that is one of its entries once or more', () => {
    const named = new Set(ENTRIES.flatMap((it) => it.faults));
    expect(CATALOGUE.map(({ id }) => id).filter((id) => !named.has(id))).toEqual(['B8', 'B9', 'B10', 'B12']);
  });
});

describe('the catalogue', () => {
  it('gives each fault an id of its own', () => {
    const ids = CATALOGUE.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-H]\d+$/);
  });
});
