import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CPU_OVERCOMMIT, type HostFacts, place } from './place.js';

const host: HostFacts = {
  hostId: 'a',
  name: 'alpha',
  cpus: 2,
  memoryMib: 1000,
  usedMemoryMib: 0,
  usedVcpus: 0,
  alive: true,
  cordoned: false,
  dryRun: false,
};

describe('place', () => {
  it('takes the host with the most free memory', () => {
    const other = { ...host, hostId: 'b', usedMemoryMib: 500 };
    expect(place({ vcpus: 1, memoryMib: 100 }, [other, host])).toMatchObject({ kind: 'placed', hostId: 'a' });
  });

  it('names every host with the rule and the numbers that refused it', () => {
    const hosts = [
      { ...host, name: 'silent', alive: false },
      { ...host, name: 'closed', cordoned: true },
      { ...host, name: 'dry', dryRun: true },
      { ...host, name: 'full', usedMemoryMib: 950 },
      { ...host, name: 'busy', usedVcpus: 2 * CPU_OVERCOMMIT },
    ];
    const answer = place({ vcpus: 1, memoryMib: 100 }, hosts);
    expect(answer.kind).toBe('refused');
    expect(answer.refused.map(({ host: name, rule }) => `${name}: ${rule}`)).toEqual([
      'silent: alive',
      'closed: cordoned',
      'dry: dry-run',
      'full: memory',
      'busy: cpus',
    ]);
    expect(answer.refused[3]?.message).toBe('100 MiB asked, 50 MiB free of 1000 MiB');
  });

  it('never places what does not fit', () => {
    const facts = fc.record({
      hostId: fc.uuid(),
      name: fc.constant('h'),
      cpus: fc.nat(8),
      memoryMib: fc.nat(4096),
      usedMemoryMib: fc.nat(4096),
      usedVcpus: fc.nat(80),
      alive: fc.boolean(),
      cordoned: fc.boolean(),
      dryRun: fc.boolean(),
    });
    const request = fc.record({
      vcpus: fc.integer({ min: 1, max: 16 }),
      memoryMib: fc.integer({ min: 1, max: 4096 }),
    });
    fc.assert(
      fc.property(request, fc.array(facts, { maxLength: 5 }), (asked, hosts) => {
        const answer = place(asked, hosts);
        if (answer.kind === 'refused') return expect(answer.refused.length).toBe(hosts.length);
        const chosen = hosts.find((it) => it.hostId === answer.hostId)!;
        expect(chosen.alive && !chosen.cordoned && !chosen.dryRun).toBe(true);
        expect(chosen.memoryMib - chosen.usedMemoryMib).toBeGreaterThanOrEqual(asked.memoryMib);
        return undefined;
      }),
    );
  });
});
