import { describe, expect, it } from '@jest/globals';
import { repairId } from './repair-id.js';

const name = { vmId: 'v', generation: 3, occasion: '2', rule: 'crashed' } as const;

describe('the id of a repair', () => {
  it('is the same for everybody who decides it', () => {
    expect(repairId(name)).toBe(repairId({ ...name }));
  });

  it('differs by VM, generation, occasion and rule', () => {
    const others = [{ vmId: 'w' }, { generation: 4 }, { occasion: '3' }, { rule: 'should-not-run' as const }];
    const ids = [name, ...others.map((other) => ({ ...name, ...other }))].map(repairId);
    expect(new Set(ids).size).toBe(5);
  });

  it('is a UUID', () => {
    expect(repairId(name)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('keeps a hundred thousand VMs apart', () => {
    const ids = Array.from({ length: 100_000 }, (_, at) => repairId({ ...name, vmId: `vm-${at}` }));
    expect(new Set(ids).size).toBe(100_000);
  });
});
