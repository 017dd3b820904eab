import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CATALOGUE } from '../../faults/catalogue/index.js';
import { OwnPostgres } from '../../faults/ground/own-postgres.js';
import { runRound } from '../../faults/round.js';

/** Short ones that between them touch every part; the rest is for `npm run faults`. */
const SHORT = ['A1', 'A10', 'A12', 'A13', 'A20', 'A30', 'A50', 'B1', 'B7', 'E1', 'E3'];
const SEED = 22;

describe('under random work and random faults', () => {
  let postgres: OwnPostgres;
  beforeAll(async () => {
    postgres = await OwnPostgres.start();
  }, 60_000);
  afterAll(() => postgres?.stop(), 30_000);

  it('every promise holds', async () => {
    const faults = CATALOGUE.filter(({ id }) => SHORT.includes(id));
    const options = { seed: SEED, faults, count: 5, workers: 4, say: () => {} };
    const { violations, history, outcomes } = await runRound(postgres, options);
    if (violations.length > 0) console.error(history);
    expect(violations).toEqual([]);
    expect(outcomes.ok).toBeGreaterThan(20);
  }, 180_000);
});
