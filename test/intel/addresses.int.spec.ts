import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { CreateVmInput } from '#libs/contracts/http';
import { formatIp, freeRanges, parseCidr, parseIp, parseRange } from '#libs/domain';
import { VmanError } from '#libs/errors';
import { createTestDatabase, type TestDatabase, waitFor } from '#libs/testing';
import { Database, type Taker } from '../../apps/intel/src/db-operator/index.js';
import type { Caller } from '../../apps/intel/src/http/index.js';
import { CreateVm } from '../../apps/intel/src/vms/create-vm.usecase.js';
import { IntelUnderTest, migrate } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const quiet = { info: () => {}, warn: () => {} };

async function rowsOf<T extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Each usable address of the network exactly once: free, or somebody's. */
async function ledger(url: string, networkId: string): Promise<{ free: string[]; taken: string[] }> {
  const ranges = await rowsOf<{ next: string; last: string }>(
    url,
    'SELECT host(next) AS next, host(last) AS last FROM free_ranges WHERE network_id = $1',
    [networkId],
  );
  const free = ranges.flatMap(({ next, last }) => {
    const [from, to] = [parseIp(next)!, parseIp(last)!];
    const all: string[] = [];
    for (let { value } = from; value <= to.value; value++) all.push(formatIp({ family: from.family, value }));
    return all;
  });
  const taken = await rowsOf<{ address: string }>(
    url,
    'SELECT host(address) AS address FROM addresses WHERE network_id = $1',
    [networkId],
  );
  return { free: free.sort(), taken: taken.map((it) => it.address).sort() };
}

describe('the allocator', () => {
  const CIDR = parseCidr('10.0.0.0/27')!;
  let postgres: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    postgres = await createTestDatabase({ migrate });
    database = await Database.open(postgres.url, quiet);
  }, 60_000);
  afterAll(async () => {
    await database?.close();
    await postgres?.drop();
  });

  const pool = {
    cidr: CIDR,
    gateway: parseIp('10.0.0.1'),
    ranges: [parseRange('10.0.0.8-10.0.0.20', [CIDR])!],
    reserved: [parseRange('10.0.0.10-10.0.0.11', [CIDR])!],
  };
  const usable = freeRanges(pool);
  const addressesOf = (automatic: boolean) =>
    usable
      .filter((it) => it.automatic === automatic)
      .flatMap((it) =>
        Array.from({ length: Number(it.last - it.first) + 1 }, (_, at) => it.first + BigInt(at)),
      )
      .map((value) => formatIp({ family: 4, value }));
  const automatic = addressesOf(true);
  const all = [...automatic, ...addressesOf(false)].sort();

  async function network(): Promise<string> {
    const id = uuidv7();
    const row = {
      id,
      name: `n-${id.slice(-12)}`,
      kind: 'bridge',
      bridge: 'br0',
      cidrV4: '10.0.0.0/27',
    } as const;
    await database.transaction((tx) => tx.networks.insert(row, usable));
    return id;
  }
  const taker = (networkId: string): Taker => ({
    id: uuidv7(),
    networkId,
    project: 'p',
    family: 4,
    source: 'static',
    vmId: uuidv7(),
    nicId: uuidv7(),
    note: '',
  });
  const takeNext = (networkId: string, restSeconds = 0) =>
    database.transaction((tx) => tx.addresses.takeNext(taker(networkId), restSeconds));

  it('does what a list on paper would do, whatever is taken, named and let go in whatever order', async () => {
    const step = fc.oneof(
      fc.constant({ kind: 'next' as const }),
      fc.constantFrom(...all).map((address) => ({ kind: 'named' as const, address })),
      fc.nat(40).map((which) => ({ kind: 'release' as const, which })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const networkId = await network();
        const held = new Map<string, string>();
        for (const it of steps) {
          const wanted = taker(networkId);
          if (it.kind === 'next') {
            const got = await database.transaction((tx) => tx.addresses.takeNext(wanted, 0));
            const free = automatic.filter((address) => !held.has(address));
            expect(got === undefined).toBe(free.length === 0);
            if (got === undefined) continue;
            expect(free).toContain(got);
            held.set(got, wanted.id);
          } else if (it.kind === 'named') {
            const taken = await database.transaction((tx) => tx.addresses.take(wanted, it.address, 0));
            expect(taken.kind).toBe(held.has(it.address) ? 'held' : 'taken');
            if (taken.kind === 'taken') held.set(it.address, wanted.id);
          } else {
            const entry = [...held][it.which];
            if (!entry) continue;
            expect(await database.transaction((tx) => tx.addresses.release(entry[1]))).toBe(true);
            held.delete(entry[0]);
          }
        }
        const { free, taken } = await ledger(postgres.url, networkId);
        expect([...free, ...taken].sort()).toEqual(all);
        expect(taken).toEqual(expect.arrayContaining([...held.keys()]));
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it('takes nothing when the transaction fails, and gives nothing out before it has rested', async () => {
    const networkId = await network();
    const failing = database.transaction(async (tx) => {
      await tx.addresses.takeNext(taker(networkId), 0);
      throw new VmanError('conflict', 'later in the transaction');
    });
    await expect(failing).rejects.toThrow('later');
    expect((await ledger(postgres.url, networkId)).free).toEqual(all);
    const wanted = taker(networkId);
    for (const _ of automatic.slice(1)) await takeNext(networkId);
    await database.transaction((tx) => tx.addresses.takeNext(wanted, 0));
    expect(await takeNext(networkId, 3600)).toBeUndefined();
    await database.transaction((tx) => tx.addresses.release(wanted.id));
    expect(await takeNext(networkId, 3600)).toBeUndefined();
    expect(await takeNext(networkId, 0)).toEqual(expect.any(String));
  });

  it('waits for a transaction that may still give its address back, and only then says that none is left', async () => {
    const networkId = await network();
    for (const _ of automatic.slice(1)) await takeNext(networkId);
    let undo: (() => void) | undefined;
    const undone = new Promise<void>((resolve) => {
      undo = resolve;
    });
    let has: (() => void) | undefined;
    const taken = new Promise<void>((resolve) => {
      has = resolve;
    });
    const first = database
      .transaction(async (tx) => {
        await tx.addresses.takeNext(taker(networkId), 0);
        has?.();
        await undone;
        throw new VmanError('conflict', 'undone');
      })
      .catch(() => {});
    await taken;
    const second = takeNext(networkId);
    undo?.();
    await first;
    expect(await second).toEqual(expect.any(String));
    expect(await takeNext(networkId)).toBeUndefined();
  });
});

describe('1,000 creates at the same time', () => {
  const HOSTS = 4;
  let intel: IntelUnderTest;
  const operators: ScriptedOperator[] = [];

  beforeAll(async () => {
    intel = await IntelUnderTest.start();
    for (let index = 1; index <= HOSTS; index++) {
      const operator = await ScriptedOperator.start(intel.nats.url, `host-${index}`);
      operator.held = true;
      operator.facts = { networkAbilities: { managed: true, reason: '', bridges: [] } };
      operator.memoryMib = 64 * 1024;
      operator.startBeating();
      operators.push(operator);
    }
    await waitFor(
      async () => (await intel.request<{ items: unknown[] }>('GET', '/v1/hosts')).body.items.length === HOSTS,
      { what: 'all hosts are there' },
    );
  }, 60_000);
  afterAll(async () => {
    for (const operator of operators) await operator.stop();
    await intel?.end();
  }, 60_000);

  it('give each VM an address of its own, and lose none', async () => {
    const body = { name: 'crowd', kind: 'managed', cidr: '10.77.0.0/22' };
    const made = await intel.request<{ id: string }>('POST', '/v1/networks', body);
    const createVm = intel.app.get(CreateVm);
    const caller: Caller = {
      origin: 'user',
      name: 'crowd',
      tokenId: uuidv7(),
      address: '127.0.0.1',
      requestId: 'crowd',
      role: 'admin',
      project: null,
    };
    let again = 0;
    // A queue behind the connections to the database is answered with `unavailable`: come again, as a client does.
    const create = async (index: number): Promise<void> => {
      const input = {
        name: `crowd-${index}`,
        memoryMiB: 16,
        desiredState: 'stopped',
        nics: [{ network: 'crowd' }],
      };
      for (;;) {
        try {
          await intel.database.transaction((tx) => createVm.execute(tx, caller, input as CreateVmInput));
          return;
        } catch (error) {
          if (!(error instanceof VmanError) || !['unavailable', 'conflict'].includes(error.code)) throw error;
          again += 1;
        }
      }
    };
    const begun = performance.now();
    await Promise.all(Array.from({ length: 1000 }, (_, index) => create(index)));
    const ms = Math.round(performance.now() - begun);
    process.stdout.write(`1,000 creates on one pool: ${ms} ms, ${again} came again\n`);
    const held = await rowsOf<{ address: string; vm: string; alike: boolean }>(
      intel.postgres.url,
      `SELECT host(a.address) AS address, v.name AS vm FROM addresses a JOIN vms v ON v.id = a.vm_id
       JOIN nics n ON n.id = a.nic_id AND n.vm_id = v.id WHERE a.network_id = $1 AND a.state = 'held'`,
      [made.body.id],
    );
    expect(new Set(held.map((it) => it.address)).size).toBe(1000);
    expect(new Set(held.map((it) => it.vm)).size).toBe(1000);
    const { free, taken } = await ledger(intel.postgres.url, made.body.id);
    expect([taken.length, free.length]).toEqual([1000, 1021 - 1000]);
    expect(new Set([...free, ...taken]).size).toBe(1021);
  }, 120_000);
});
