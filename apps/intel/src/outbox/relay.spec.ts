import { describe, expect, it } from '@jest/globals';
import { type Bus, BusUnavailable } from '#libs/bus';
import type { DesiredVm } from '#libs/contracts';
import { Liveness } from '#libs/health';
import { VirtualClock, waitFor } from '#libs/testing';
import type { Database, HeldLock, OutboxRow, Tx, UnsentRow } from '../db-operator/index.js';
import type { BusRecovery } from './bus-recovery.js';
import type { OutboxPublisher } from './publisher.js';
import type { ToldDesired } from './read-desired.js';
import { Relay } from './relay.js';

const row = (id: number, kind: UnsentRow['kind'] = 'desired', vmId = `vm-${id}`): UnsentRow => ({
  id,
  kind,
  hostId: 'host',
  vmId,
  operationId: null,
  count: null,
});

const told = (...vms: [vmId: string, generation: number][]): ReadonlyMap<string, ToldDesired> =>
  new Map(
    vms.map(([vmId, generation]) => [vmId, { desired: { vmId, generation } as DesiredVm, sequence: 0 }]),
  );

/** A relay that holds the lock, its outbox and its bus. */
function relayOf(check = async () => true) {
  const outbox: UnsentRow[] = [];
  const published: number[] = [];
  const generations: (number | undefined)[] = [];
  const marked: number[] = [];
  let looks = 0;
  let away = false;
  let reconnected = () => {};
  const tx = {
    outbox: {
      unsent: async () => {
        looks += 1;
        return outbox.filter((it) => !marked.includes(it.id));
      },
      markSent: async (ids: number[]) => void marked.push(...ids),
    },
    vms: { all: async () => [] },
    parts: { ofAll: async () => new Map() },
    operations: { tracesOfCauses: async () => new Map() },
  } as unknown as Tx;
  const read = <T>(work: (tx: Tx) => Promise<T>) => work(tx);
  const database = {
    onChange: () => ({ stop: () => {} }),
    sendThrough: () => {},
    hold: async () => ({ read, release: async () => {} }) as unknown as HeldLock,
    read,
  } as unknown as Database;
  const bus = {
    onReconnect: (listener: () => void) => {
      reconnected = listener;
      return { stop: () => {} };
    },
  } as unknown as Bus;
  const publisher = {
    publish: async ({ id, vmId }: UnsentRow, of: ReadonlyMap<string, ToldDesired>) => {
      if (away) throw new BusUnavailable('timeout', 'publish');
      published.push(id);
      generations.push(of.get(vmId ?? '')?.desired.generation);
      return undefined;
    },
  } as unknown as OutboxPublisher;
  const recovery = { check } as unknown as BusRecovery;
  const clock = new VirtualClock();
  const relay = new Relay(database, bus, clock, publisher, recovery, new Liveness());
  return {
    relay,
    clock,
    outbox,
    published,
    generations,
    marked,
    looks: () => looks,
    cut: () => {
      away = true;
    },
    mend: () => {
      away = false;
      reconnected();
    },
  };
}

const wanted: OutboxRow[] = [{ kind: 'desired', hostId: 'host', vmId: 'vm' }];

describe('the relay', () => {
  it('looks at the bus again when that was lost once more while it looked', async () => {
    const looks: ((done: boolean) => void)[] = [];
    const { relay, mend } = relayOf(() => new Promise((resolve) => looks.push(resolve)));
    relay.start();
    expect(looks).toHaveLength(1);
    mend();
    looks[0]?.(true);
    await waitFor(() => looks.length === 2, { what: 'it looks again' });
    looks[1]?.(true);
    await relay.stop();
    expect(looks).toHaveLength(2);
  });

  it('sends what it is handed without a look at the outbox', async () => {
    const { relay, published, marked, looks } = relayOf();
    relay.start();
    await waitFor(() => relay.wants(wanted), { what: 'it holds the lock' });
    await waitFor(() => looks() === 1, { what: 'it has looked once' });
    relay.hand([row(1)], told(['vm-1', 1]));
    relay.hand([row(2), row(3, 'command')], told(['vm-2', 1]));
    await waitFor(() => marked.length === 3, { what: 'all are marked' });
    expect(published).toEqual([1, 2, 3]);
    expect(looks()).toBe(1);
    await relay.stop();
  });

  it('sends what it was handed and finds in the outbox as well only once', async () => {
    const { relay, outbox, published, marked } = relayOf();
    relay.start();
    await waitFor(() => relay.wants(wanted), { what: 'it holds the lock' });
    outbox.push(row(1));
    relay.wake();
    relay.hand([row(1)], told(['vm-1', 1]));
    await waitFor(() => marked.length === 1, { what: 'it is marked' });
    await relay.stop();
    expect(published).toEqual([1]);
  });

  it('finds in the outbox what it was handed while the bus was away, as it is then', async () => {
    const { relay, clock, outbox, published, marked, cut, mend } = relayOf();
    relay.start();
    await waitFor(() => relay.wants(wanted), { what: 'it holds the lock' });
    cut();
    outbox.push(row(1));
    relay.hand([row(1)], told(['vm-1', 1]));
    relay.hand([row(9)], told(['vm-9', 1]));
    await waitFor(() => !relay.wants(wanted), { what: 'it has failed' });
    expect(published).toEqual([]);
    mend();
    await waitFor(() => clock.advance(100).then(() => marked.length === 1), { what: 'it is marked' });
    expect(published).toEqual([1]);
    await relay.stop();
  });

  it('tells the newer of two states of a VM that it is handed the wrong way round', async () => {
    const { relay, generations, marked, looks } = relayOf();
    relay.start();
    await waitFor(() => relay.wants(wanted), { what: 'it holds the lock' });
    await waitFor(() => looks() === 1, { what: 'it has looked once' });
    relay.hand([row(1)], told(['vm-1', 1]));
    relay.hand([row(3, 'desired', 'vm')], told(['vm', 3]));
    relay.hand([row(2, 'desired', 'vm')], told(['vm', 2]));
    await waitFor(() => marked.length === 3, { what: 'all are marked' });
    expect(generations).toEqual([1, 3]);
    await relay.stop();
  });

  it('looks for what it is handed while something is in its way, or that may not be told now', async () => {
    const { relay, outbox, published, marked, looks } = relayOf();
    outbox.push(row(1));
    relay.hand([row(1)], told(['vm-1', 1]));
    expect(published).toEqual([]);
    relay.start();
    await waitFor(() => marked.length === 1, { what: 'it is marked' });
    const before = looks();
    outbox.push(row(2));
    relay.hand([row(2)], new Map());
    await waitFor(() => marked.length === 2, { what: 'that is marked too' });
    expect(looks()).toBeGreaterThan(before);
    expect(published).toEqual([1, 2]);
    await relay.stop();
  });

  it('looks at the outbox now and then, however much it is handed', async () => {
    const { relay, clock, outbox, published, marked, looks } = relayOf();
    relay.start();
    await waitFor(() => relay.wants(wanted), { what: 'it holds the lock' });
    await waitFor(() => looks() === 1, { what: 'it has looked once' });
    outbox.push(row(100));
    for (let id = 1; id <= 4; id++) {
      relay.hand([row(id)], told([`vm-${id}`, 1]));
      await waitFor(() => marked.includes(id), { what: 'it is marked' });
      await clock.advance(1_000);
    }
    await waitFor(() => published.includes(100), { what: 'what lay there is sent' });
    await relay.stop();
  });

  it('wants nothing that has to keep its place among all others, nor many at once, nor before it holds the lock', async () => {
    const { relay } = relayOf();
    expect(relay.wants(wanted)).toBe(false);
    relay.start();
    await waitFor(() => relay.wants(wanted), { what: 'it holds the lock' });
    expect(relay.wants([...wanted, { kind: 'seed-marker', hostId: 'host' }])).toBe(false);
    expect(relay.wants([{ kind: 'purge', hostId: 'host', vmId: 'vm' }])).toBe(false);
    expect(relay.wants([{ kind: 'released', hostId: 'host', vmId: 'vm' }])).toBe(false);
    expect(relay.wants(Array.from({ length: 9 }, () => wanted[0] as OutboxRow))).toBe(false);
    await relay.stop();
    expect(relay.wants(wanted)).toBe(false);
  });
});
