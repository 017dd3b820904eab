import { randomUUID } from 'node:crypto';
import { waitFor } from '#libs/testing';
import type { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const GIB = 1024 ** 3;

/** A scripted host with 90 of 100 GiB free in its pool `local`, once intel knows of both. */
export async function hostWithPool(intel: IntelUnderTest): Promise<ScriptedOperator> {
  const operator = await ScriptedOperator.start(intel.nats.url);
  const pool = { poolId: randomUUID(), name: 'local', kind: 'dir' as const, available: true, reason: '' };
  operator.facts = { pools: [{ ...pool, capacityBytes: 100 * GIB, freeBytes: 90 * GIB }] };
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/pools/local')).status === 200, {
    what: 'a host with a pool is there',
  });
  return operator;
}
