import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { holderOf, type LeaseRecord, readLease } from '#libs/domain';
import { expectNoLeftovers } from '#libs/testing';
import { leaseFiles } from './lease-files.js';

const { readNewest, removeLease, renewTerm, takeTerm } = leaseFiles;

const leftovers = expectNoLeftovers('lf');
const pool = leftovers.folder;
afterAll(() => leftovers.check({ allowed: ['leases/'] }));

const record = (vmId: string, fields: Partial<LeaseRecord> = {}): LeaseRecord => ({
  vmId,
  term: 1,
  holder: holderOf('host-a', 'boot'),
  generation: 1,
  counter: 1,
  restMs: 0,
  state: 'held',
  ...fields,
});
const newest = async (vmId: string) => {
  const seen = await readNewest(pool, vmId);
  return seen && readLease(seen.text);
};

describe('the records of a lease on a shared pool', () => {
  it('are taken by one of many hosts that try at once, each term anew', async () => {
    const vmId = uuidv7();
    expect(await readNewest(pool, vmId)).toBeUndefined();
    for (const term of [1, 2, 3]) {
      const hosts = Array.from({ length: 12 }, (_, at) => holderOf(`host-${at}`, 'boot'));
      const won = await Promise.all(hosts.map((holder) => takeTerm(pool, record(vmId, { holder, term }))));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await newest(vmId)).toMatchObject({ term, holder: hosts[won.indexOf(true)] });
      expect(readdirSync(join(pool, 'leases', vmId))).toEqual([`${term}`]);
    }
  });

  it('are renewed in place by their holder until another host has the next term', async () => {
    const vmId = uuidv7();
    await takeTerm(pool, record(vmId));
    expect(await renewTerm(pool, record(vmId, { counter: 2 }))).toBe(true);
    expect(await newest(vmId)).toMatchObject({ counter: 2 });
    await takeTerm(pool, record(vmId, { term: 2, holder: holderOf('host-b', 'boot') }));
    expect(await renewTerm(pool, record(vmId, { counter: 3 }))).toBe(false);
    expect(await newest(vmId)).toMatchObject({ term: 2, holder: 'host-b/boot', counter: 1 });
  });

  it('are not had by a host that stood still before it took a term that is over', async () => {
    const vmId = uuidv7();
    await takeTerm(pool, record(vmId, { term: 7 }));
    expect(await takeTerm(pool, record(vmId, { term: 6, holder: holderOf('late', 'boot') }))).toBe(false);
    expect(await newest(vmId)).toMatchObject({ term: 7, holder: 'host-a/boot' });
    expect(readdirSync(join(pool, 'leases', vmId))).toEqual(['7']);
  });

  it('are shown as they lie there when they were cut off, and go with their VM', async () => {
    const vmId = uuidv7();
    await takeTerm(pool, record(vmId));
    writeFileSync(join(pool, 'leases', vmId, '1'), '{"vmId"');
    expect(await readNewest(pool, vmId)).toEqual({ term: 1, text: '{"vmId"' });
    await removeLease(pool, vmId);
    await removeLease(pool, vmId);
    expect(await readNewest(pool, vmId)).toBeUndefined();
    expect(await renewTerm(pool, record(vmId))).toBe(false);
  });
});
