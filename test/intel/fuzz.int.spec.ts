/**
 * Hostile requests to every route of the description: no answer is a fault of our own, and every one is described.
 * `VMAN_FUZZ_SEED` replays a run, `VMAN_FUZZ_ROUNDS` makes it longer.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ProblemView } from '#libs/contracts/http';
import { hostWithPool } from './host-with-pool.js';
import { IntelUnderTest } from './intel-under-test.js';
import { DescribedRoutes, type Route } from './routes/described-routes.js';
import { type Hostile, hostileRequests } from './routes/hostile-requests.js';
import { makeOneOfEach, type OneOfEach } from './routes/one-of-each.js';
import type { ScriptedOperator } from './scripted-operator.js';

const SEED = Number(process.env.VMAN_FUZZ_SEED ?? Math.floor(Date.now() / 1000));
const ROUNDS = Number(process.env.VMAN_FUZZ_ROUNDS ?? 6);
const AT_ONCE = 6;
let intel: IntelUnderTest;
let operator: ScriptedOperator;
let described: DescribedRoutes;
let ids: OneOfEach;

beforeAll(async () => {
  intel = await IntelUnderTest.start({ VMAN_RATE_LIMIT: '0' });
  operator = await hostWithPool(intel);
  const { hostId } = operator;
  ids = { ...(await makeOneOfEach(intel, { project: 'own', cidr: '10.71.0.0/24', hostId })), hosts: hostId };
  described = await DescribedRoutes.of(intel);
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

/** What is wrong with the answer; undefined when nothing is. */
async function faultOf(route: Route, { path, body, headers }: Hostile): Promise<string | undefined> {
  const shown = `${route.method} ${path.slice(0, 300)} ${JSON.stringify(headers)} ${body?.slice(0, 1000) ?? ''}`;
  try {
    const answer = await intel.request<ProblemView>(route.method, path, body, { headers });
    const internal = answer.status === 500 || answer.body?.code === 'internal';
    return internal ? `${answer.status} ${shown}` : undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message.slice(0, 300) : error} ${shown}`;
  }
}

it(`no request makes it fail (seed ${SEED}, ${ROUNDS} rounds)`, async () => {
  const faults: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const work = hostileRequests(described, ids, SEED + round);
    const worker = async () => {
      for (let next = work.shift(); next; next = work.shift()) {
        const fault = await faultOf(next.route, next.request);
        if (fault) faults.push(fault);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }
  expect(faults).toEqual([]);
  expect((await intel.request('GET', '/v1/vms')).status).toBe(200);
}, 600_000);
