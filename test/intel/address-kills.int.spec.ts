import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AddressListView, NetworkView, ProblemView, VmChangeView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { type CompiledIntel, compileIntel } from './compile-intel.js';
import { IntelProcess } from './intel-process.js';
import { IntelUnderTest, type Reply } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const POOL = 8;
const CREATES = 50;
/** Where each start of intel is to die; the others die at a moment that chance chooses. */
const DEATHS = ['intel.address-taken', 'intel.after-commit', '', ''];

let intel: IntelUnderTest;
let operator: ScriptedOperator;
let compiled: CompiledIntel;
let running: IntelProcess | undefined;

beforeAll(async () => {
  [intel, compiled] = await Promise.all([IntelUnderTest.start(), compileIntel()]);
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.facts = { networkAbilities: { managed: true, reason: '', bridges: [] } };
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'a host is there',
  });
}, 60_000);

afterAll(async () => {
  await running?.end('SIGKILL');
  await operator?.stop();
  await intel?.end();
  compiled?.remove();
});

function start(death: string): IntelProcess {
  const fault: Record<string, string> = death
    ? { VMAN_FAILPOINTS: `${death}=crash`, VMAN_ALLOW_FAILPOINTS: 'true' }
    : {};
  const rest = { VMAN_ADDRESS_REST: '0s' };
  return new IntelProcess(compiled.main, intel.port, { ...intel.environment(), ...rest, ...fault });
}

describe('a pool of 8 with 50 creates while intel is killed again and again', () => {
  it('gives no address twice, loses none, and answers every create once', async () => {
    const first = '10.0.8.9';
    const network = { name: 'eight', kind: 'managed', cidr: '10.0.8.0/24', ranges: [`${first}-10.0.8.16`] };
    expect((await intel.request<NetworkView>('POST', '/v1/networks', network)).status).toBe(201);
    await intel.down();
    let over = false;
    const killer = (async () => {
      for (const death of DEATHS) {
        running = start(death);
        const up = running.ready().catch(() => {});
        // Its moment is chance: that is the point. Once all addresses are given, nobody comes to the place of death.
        const soon = up.then(() => sleep(death ? 1500 : Math.random() * 250));
        await Promise.race([running.gone(), soon]);
        await running.end('SIGKILL');
      }
      running = start('');
      await running.ready();
      over = true;
    })();
    const create = async (index: number): Promise<Reply<VmChangeView & ProblemView>> => {
      const body = { name: `of-eight-${index}`, memoryMiB: 16, nics: [{ network: 'eight' }] };
      const headers = { 'idempotency-key': `of-eight-${index}` };
      return waitFor(
        async () => {
          const reply = await intel.request<VmChangeView & ProblemView>('POST', '/v1/vms', body, { headers });
          // Before the last death, a refusal may be of an intel that did not live to see others fail.
          const isFinal = reply.status === 201 || (over && reply.body.code === 'address_exhausted');
          return isFinal && reply;
        },
        { timeoutMs: 90_000, everyMs: 50, what: `create ${index} is answered` },
      );
    };
    const replies = await Promise.all(Array.from({ length: CREATES }, (_, index) => create(index)));
    await killer;
    const made = replies.filter((it) => it.status === 201).map((it) => it.body.vm!);
    const given = made.map((it) => it.spec.nics[0]!.addresses[0]!);
    expect(made).toHaveLength(POOL);
    expect(new Set(given).size).toBe(POOL);
    const list = async () =>
      (await intel.request<AddressListView>('GET', '/v1/addresses?network=eight')).body.items;
    const held = await list();
    expect(held.map((it) => [it.address, it.state, it.vm?.id]).sort()).toEqual(
      made.map((it, at) => [given[at], 'held', it.id]).sort(),
    );
    for (const { id } of made) await intel.request('DELETE', `/v1/vms/${id}`);
    await waitFor(async () => (await list()).every((it) => it.state === 'resting'), {
      what: 'all are let go',
    });
    const next = [];
    for (let index = 0; index < POOL; index++) {
      const body = { name: `again-${index}`, memoryMiB: 16, nics: [{ network: 'eight' }] };
      next.push(
        (await intel.request<VmChangeView>('POST', '/v1/vms', body)).body.vm?.spec.nics[0]?.addresses[0],
      );
    }
    expect([...next].sort()).toEqual([...given].sort());
  }, 150_000);
});
