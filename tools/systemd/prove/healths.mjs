// Job: the health indicators of all three services, one by one: each is up, says so in words, and is not when what it
// looks at is taken away.
import assert from 'node:assert/strict';
import { waitFor } from '../../containers/prove-vm.mjs';
import { step } from '../../provision/progress.mjs';

const INDICATORS = {
  intel: ['database', 'migrations', 'bus', 'image-store', 'disk-space', 'observer'],
  observer: ['bus', 'desired-state', 'lead', 'repairs'],
  operator: ['storage', 'disk-space', 'pools', 'bus', 'qemu', 'observer', 'vms'],
};

/** @param {Record<string, number>} ports */
export async function allAreUp(ports) {
  await step('health: every indicator is up', async (note) => {
    const told = [];
    for (const [service, names] of Object.entries(INDICATORS)) {
      await waitFor(
        `${service} to be well`,
        async () => (await ask(ports, service, 'health')).status === 200,
      );
      const { details } = (await ask(ports, service, 'health')).body;
      assert.deepEqual(Object.keys(details).sort(), names.toSorted());
      for (const name of names) {
        assert.equal(details[name].status, 'up', `${service} ${name}`);
        assert.ok(details[name].message, `${service} ${name} says nothing`);
      }
      told.push(`${service} ${names.length}`);
    }
    note(told.join(', '));
  });
}

/**
 * Takes something away and gives it back.
 * @param {{what: string, shown: [string, string, 'down' | 'degraded'][], notReady: string[], gone?: string, take: () => Promise<void>, give: () => Promise<void>}} fault
 */
export async function shows(ports, { what, shown, notReady, gone, take, give }) {
  await step(`health: ${what}`, async (note) => {
    await take();
    for (const [service, name, status] of shown) {
      await waitFor(
        `${name} of ${service} to be ${status}`,
        async () => (await ask(ports, service, 'health')).body.details[name].status === status,
      );
    }
    for (const service of Object.keys(INDICATORS).filter((it) => it !== gone)) {
      const ready = (await ask(ports, service, 'ready')).status === 200;
      assert.equal(ready, !notReady.includes(service), `${service} is ${ready ? '' : 'not '}ready`);
      assert.equal((await ask(ports, service, 'live')).status, 200);
    }
    await give();
    for (const [service, name] of shown) {
      await waitFor(
        `${name} of ${service} to be up again`,
        async () => (await ask(ports, service, 'health')).body.details[name].status === 'up',
      );
    }
    note(shown.map((words) => words.join(' ')).join(', '));
  });
}

async function ask(ports, service, path) {
  const response = await fetch(`http://127.0.0.1:${ports[service]}/${path}`);
  return { status: response.status, body: await response.json() };
}
