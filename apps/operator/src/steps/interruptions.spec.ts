import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { GUEST_INTERRUPTIONS, INTERRUPTIONS } from '../../../../test/operator/interruptions.js';

const ROOT = join(import.meta.dirname, '../../../..');
const all = [...INTERRUPTIONS, ...GUEST_INTERRUPTIONS];
const known = new Set(all.map((it) => it.point));

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the table of interruptions', () => {
  it('has every moment that the operator names', () => {
    const sources = readdirSync(join(ROOT, 'apps/operator/src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => read(join('apps/operator/src', name)));
    const named = sources.flatMap((text) => [...text.matchAll(/failpoint\('([^']+)'\)/g)].map((it) => it[1]));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((point) => !known.has(point ?? ''))).toEqual([]);
  });

  it('has the beginning and the end of every step', () => {
    const steps = [...read('libs/domain/src/planner/steps.ts').matchAll(/\| \{ step: '([a-z-]+)'/g)];
    const moments = steps.flatMap(([, step]) => [`operator.${step}.before`, `operator.${step}.after`]);
    expect(moments.length).toBeGreaterThan(20);
    expect(moments.filter((point) => !known.has(point))).toEqual([]);
  });

  it('has no moment twice', () => {
    expect(known.size).toBe(all.length);
  });

  it('names a test that kills at that moment for each that needs a guest', () => {
    const untested = GUEST_INTERRUPTIONS.filter(({ point, test }) => !read(test).includes(point));
    expect(untested).toEqual([]);
  });
});
