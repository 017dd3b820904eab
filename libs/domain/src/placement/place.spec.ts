import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ANY_PLACE, type Neighbour, type PlacementRules } from './affinity.js';
import { type HostFacts, type PlacementRequest, place } from './place.js';
import { limitsOf } from './score-host.js';

const host: HostFacts = {
  hostId: 'a',
  name: 'alpha',
  labels: {},
  cpus: 2,
  memoryMib: 1000,
  usedMemoryMib: 0,
  usedVcpus: 0,
  cpuOvercommitPercent: 800,
  memoryOvercommitPercent: 100,
  alive: true,
  cordoned: false,
  dryRun: false,
};
const beta: HostFacts = { ...host, hostId: 'b', name: 'beta' };
const small = { vcpus: 1, memoryMib: 100 };
const rules = (some: Partial<PlacementRules>): PlacementRules => ({ ...ANY_PLACE, ...some });
const web = (name = 'web-1', shuns: Neighbour['shuns'] = []): Neighbour => ({
  name,
  labels: { tier: 'web' },
  shuns,
});
const term = (required: boolean) => [{ labels: { tier: 'web' }, required }];

describe('a host is chosen', () => {
  it('for its free room when VMs are spread, and for the room it has promised when they are packed', () => {
    const half = { ...beta, usedMemoryMib: 500 };
    expect(place(small, [half, host])).toMatchObject({ kind: 'placed', hostId: 'a' });
    const packed = { ...small, rules: rules({ strategy: 'pack' }) };
    expect(place(packed, [half, host])).toMatchObject({ kind: 'placed', hostId: 'b' });
  });

  it('with the points that speak for it, the best first', () => {
    const answer = place(small, [{ ...beta, usedMemoryMib: 500 }, host]);
    expect(answer).toMatchObject({ kind: 'placed', refused: [] });
    const candidates = answer.kind === 'placed' ? answer.candidates : [];
    expect(candidates.map(({ host: name, score }) => ({ name, score }))).toEqual([
      { name: 'alpha', score: 92 },
      { name: 'beta', score: 67 },
    ]);
    expect(candidates[0]?.points).toEqual([
      { rule: 'memory', points: 45, message: '100 of 1000 MiB promised with it; spread' },
      { rule: 'cpus', points: 47, message: '1 of 16 vCPUs promised with it; spread' },
    ]);
  });

  it('for labels and neighbours that it is wished to have, over any room', () => {
    const full = { ...beta, labels: { disk: 'ssd' }, usedMemoryMib: 899 };
    const wished = { ...small, rules: rules({ preferredHostLabels: { disk: 'ssd' } }) };
    expect(place(wished, [host, full])).toMatchObject({ hostId: 'b' });
    const beside = { ...small, rules: rules({ affinity: term(false) }) };
    expect(place(beside, [host, full], new Map([['b', [web()]]]))).toMatchObject({ hostId: 'b' });
    const apart = { ...small, rules: rules({ antiAffinity: term(false) }) };
    expect(place(apart, [host, full], new Map([['a', [web()]]]))).toMatchObject({ hostId: 'b' });
  });

  it('although a wish cannot be fulfilled anywhere', () => {
    const apart = { ...small, rules: rules({ antiAffinity: term(false) }) };
    expect(place(apart, [host], new Map([['a', [web()]]]))).toMatchObject({ hostId: 'a' });
  });

  it('within its over-commit, of CPUs and of memory', () => {
    const double = { ...host, memoryOvercommitPercent: 200, cpuOvercommitPercent: 50 };
    expect(place({ vcpus: 1, memoryMib: 2000 }, [double])).toMatchObject({ kind: 'placed' });
    expect(place({ vcpus: 1, memoryMib: 2001 }, [double]).refused[0]?.message).toBe(
      '2001 MiB asked, 2000 MiB free of 1000 MiB x 2',
    );
    expect(place({ vcpus: 2, memoryMib: 1 }, [double]).refused[0]?.message).toBe(
      '2 vCPUs asked, 1 free of 2 x 0.5',
    );
  });
});

describe('a host is refused', () => {
  const GIB = 1024 ** 3;
  const network = { name: 'lan', kind: 'bridge' as const, bridge: 'br0' };
  const onBridge: HostFacts = { ...beta, networks: { managed: false, reason: '', bridges: ['br0'] } };
  const pool = {
    poolId: 'p',
    name: 'fast',
    available: true,
    reason: '',
    capacityBytes: 10 * GIB,
    freeBytes: 10 * GIB,
    reservedBytes: 0,
    overcommitPercent: 100,
    watermarkPercent: 90,
  };

  it('when it cannot have a network of the VM', () => {
    const answer = place({ ...small, networks: [network] }, [host, onBridge]);
    expect(answer).toMatchObject({ kind: 'placed', hostId: 'b' });
    const message = 'has no bridge br0, which the network lan is on';
    expect(answer.refused).toEqual([{ host: 'alpha', rule: 'network', message }]);
    expect(place(small, [host]).refused).toEqual([]);
  });

  it('when it lacks the pool of a disk, or room in it', () => {
    const withPool = { ...beta, pools: [pool] };
    const wanted = (bytes: number) => ({ ...small, storage: [{ pool: 'fast', bytes }] });
    const answer = place(wanted(GIB), [host, withPool]);
    expect(answer).toMatchObject({ kind: 'placed', hostId: 'b' });
    expect(answer.refused).toEqual([{ host: 'alpha', rule: 'pool', message: 'has no pool fast' }]);
    expect(place(wanted(10 * GIB), [withPool]).kind).toBe('placed');
    expect(place(wanted(11 * GIB), [withPool]).refused).toEqual([
      { host: 'beta', rule: 'storage', message: 'pool fast: 11 GiB asked, 10 GiB free of 10 GiB x 1' },
    ]);
  });

  it('when it has not the labels, which are said', () => {
    const picky = { ...small, rules: rules({ hostLabels: { rack: '1', disk: 'ssd' } }) };
    const labelled = { ...beta, labels: { rack: '2', disk: 'ssd' } };
    expect(place(picky, [host, labelled]).refused.map((it) => it.message)).toEqual([
      'has no labels, and not rack=1,disk=ssd',
      'has rack=2,disk=ssd, and not rack=1,disk=ssd',
    ]);
  });
});

describe('a wish', () => {
  it('says what spoke for a host and what against it, of VMs with these labels alone', () => {
    const wished = rules({
      preferredHostLabels: { disk: 'ssd' },
      affinity: [...term(false), { labels: { tier: 'db' }, required: false }],
      antiAffinity: term(false),
    });
    const labelled = { ...host, labels: { disk: 'ssd' } };
    const others = new Map([['a', [web(), { ...web('other'), labels: { tier: 'cache' } }]]]);
    const answer = place({ ...small, rules: wished }, [labelled], others);
    const [best] = answer.kind === 'placed' ? answer.candidates : [];
    const said = best?.points.slice(2).map(({ rule, points, message }) => [rule, Math.sign(points), message]);
    expect(said).toEqual([
      ['host-labels', 1, 'has disk=ssd'],
      ['affinity', 1, 'runs 1 VM with tier=web'],
      ['anti-affinity', -1, 'runs 1 VM with tier=web'],
    ]);
  });

  it('binds nobody, beside a term that does', () => {
    const mixed = rules({ affinity: [{ labels: { tier: 'db' }, required: false }, ...term(true)] });
    const db = { name: 'db', labels: { tier: 'db' }, shuns: [] };
    const there = new Map([
      ['a', [db]],
      ['b', [web()]],
    ]);
    expect(place({ ...small, rules: mixed }, [host, beta], there)).toMatchObject({ hostId: 'b' });
  });

  it('of another kind is no reason to shun a host: only VMs with all of the labels are met', () => {
    const apart = { ...small, rules: rules({ antiAffinity: term(true) }) };
    const db = { name: 'db', labels: { tier: 'db' }, shuns: [] };
    expect(place(apart, [host], new Map([['a', [db]]])).kind).toBe('placed');
    const met = place(apart, [host], new Map([['a', [db, web(), web('web-2')]]]));
    expect(met.refused[0]?.message).toBe('runs 2 VM with tier=web (web-1), which it must not meet');
  });
});

describe('a required affinity', () => {
  const beside = { ...small, labels: { tier: 'web' }, rules: rules({ affinity: term(true) }) };

  it('holds a VM to the host where its group is', () => {
    const answer = place(beside, [host, beta], new Map([['b', [web()]]]));
    expect(answer).toMatchObject({ kind: 'placed', hostId: 'b' });
    expect(answer.refused).toEqual([
      { host: 'alpha', rule: 'affinity', message: 'runs no VM with tier=web, beside which it must be' },
    ]);
  });

  it('binds the first of a group to nothing', () => {
    expect(place(beside, [host])).toMatchObject({ kind: 'placed' });
  });
});

describe('a required anti-affinity', () => {
  it('keeps a VM away from those it names', () => {
    const apart = { ...small, rules: rules({ antiAffinity: term(true) }) };
    const answer = place(apart, [host], new Map([['a', [web(), web('web-2')]]]));
    expect(answer.refused).toEqual([
      { host: 'alpha', rule: 'affinity', message: 'runs 2 VM with tier=web (web-1), which it must not meet' },
    ]);
  });

  it('holds for those too that are there already and name the newcomer', () => {
    const there = new Map([['a', [web('lonely', [{ tier: 'db' }])]]]);
    expect(place({ ...small, labels: { tier: 'db' } }, [host], there).refused).toEqual([
      { host: 'alpha', rule: 'affinity', message: 'runs lonely, which must not meet it' },
    ]);
    expect(place({ ...small, labels: { tier: 'web' } }, [host], there)).toMatchObject({ kind: 'placed' });
  });
});

describe('a refusal', () => {
  it('names every host with the rule and the numbers that refused it', () => {
    const hosts = [
      { ...host, name: 'silent', alive: false },
      { ...host, name: 'closed', cordoned: true },
      { ...host, name: 'dry', dryRun: true },
      { ...host, name: 'elsewhere', labels: { zone: 'b' } },
      { ...host, name: 'full', labels: { zone: 'a' }, usedMemoryMib: 950 },
      { ...host, name: 'busy', labels: { zone: 'a' }, usedVcpus: 16 },
    ];
    const answer = place({ ...small, rules: rules({ hostLabels: { zone: 'a' } }) }, hosts);
    expect(answer.kind).toBe('refused');
    expect(answer.refused.map(({ host: name, rule, message }) => `${name}: ${rule}: ${message}`)).toEqual([
      'silent: alive: has not been heard of in time',
      'closed: cordoned: takes no new VMs',
      'dry: dry-run: only plans and touches nothing',
      'elsewhere: host-labels: has zone=b, and not zone=a',
      'full: memory: 100 MiB asked, 50 MiB free of 1000 MiB',
      'busy: cpus: 1 vCPUs asked, 0 free of 2 x 8',
    ]);
  });
});

describe('any placement', () => {
  const labels = fc.dictionary(fc.constantFrom('tier', 'zone'), fc.constantFrom('x', 'y'), { maxKeys: 2 });
  const terms = fc.array(fc.record({ labels, required: fc.boolean() }), { maxLength: 2 });
  const facts: fc.Arbitrary<HostFacts> = fc.record({
    hostId: fc.uuid(),
    name: fc.constant('h'),
    labels,
    cpus: fc.nat(8),
    memoryMib: fc.nat(4096),
    usedMemoryMib: fc.nat(4096),
    usedVcpus: fc.nat(80),
    cpuOvercommitPercent: fc.integer({ min: 1, max: 1000 }),
    memoryOvercommitPercent: fc.integer({ min: 1, max: 300 }),
    alive: fc.boolean(),
    cordoned: fc.boolean(),
    dryRun: fc.boolean(),
  });
  const request: fc.Arbitrary<PlacementRequest> = fc.record({
    vcpus: fc.integer({ min: 1, max: 16 }),
    memoryMib: fc.integer({ min: 1, max: 4096 }),
    labels,
    rules: fc.record({
      strategy: fc.constantFrom('spread', 'pack'),
      hostLabels: labels,
      preferredHostLabels: labels,
      affinity: terms,
      antiAffinity: terms,
    }),
  });
  const neighbour = fc.record({ name: fc.constant('n'), labels, shuns: fc.array(labels, { maxLength: 1 }) });

  it('fits, and every host has a verdict', () => {
    const world = fc.array(fc.tuple(facts, fc.array(neighbour, { maxLength: 3 })), { maxLength: 5 });
    fc.assert(
      fc.property(request, world, (asked, pairs) => {
        const hosts = pairs.map(([it]) => it);
        const answer = place(asked, hosts, new Map(pairs.map(([it, there]) => [it.hostId, there])));
        if (answer.kind === 'refused') return expect(answer.refused.length).toBe(hosts.length);
        expect(answer.candidates.length + answer.refused.length).toBe(hosts.length);
        const chosen = hosts.find((it) => it.hostId === answer.hostId)!;
        const limits = limitsOf(chosen);
        expect(chosen.alive && !chosen.cordoned && !chosen.dryRun).toBe(true);
        expect(chosen.usedMemoryMib + asked.memoryMib).toBeLessThanOrEqual(limits.memoryMib);
        expect(chosen.usedVcpus + asked.vcpus).toBeLessThanOrEqual(limits.vcpus);
        const has = (own: object, wanted: object) =>
          Object.entries(wanted).every(([key, value]) => (own as Record<string, string>)[key] === value);
        expect(has(chosen.labels, asked.rules!.hostLabels)).toBe(true);
        const there = pairs.find(([it]) => it === chosen)![1];
        for (const each of asked.rules!.antiAffinity.filter((it) => it.required)) {
          expect(there.some((it) => has(it.labels, each.labels))).toBe(false);
        }
        for (const each of there.flatMap((it) => it.shuns)) expect(has(asked.labels!, each)).toBe(false);
        return undefined;
      }),
    );
  });
});
