import { describe, expect, it } from '@jest/globals';
import { repairId } from './repair-id.js';

const drift = { vmId: 'v', generation: 3, exitSeq: 2, rule: 'crashed' } as const;

describe('the id of a repair', () => {
  it('is the same for every observer', () => {
    expect(repairId(drift)).toBe(repairId({ ...drift }));
  });

  it('differs by VM, generation and exit', () => {
    const ids = [drift, { ...drift, vmId: 'w' }, { ...drift, generation: 4 }, { ...drift, exitSeq: 3 }].map(
      repairId,
    );
    expect(new Set(ids).size).toBe(4);
  });

  it('is a UUID', () => {
    expect(repairId(drift)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
