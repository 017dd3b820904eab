import { setTimeout as pause } from 'node:timers/promises';
import { Client as Database } from 'pg';
import { desiredVmCodec, lastTokenOfSubject } from '#libs/contracts';
import { waitFor } from '#libs/testing';
import type { Fault } from '../fault.js';
import { qemuByVm } from '../ground/process-watch.js';
import { bareVm } from '../workload/worker.js';

export const rowDeleted: Fault = {
  id: 'H2',
  name: "a VM's row deleted by hand: its guest lives on, it is never removed for being unknown",
  async happen({ stack, tap, client }) {
    const change = { who: 'fault', method: 'POST', path: '/v1/vms' } as const;
    const made = await client.change({ ...change, body: bareVm(`orphan-${Date.now()}`) });
    if (made.outcome !== 'ok' || !made.vm) return 'the VM could not be created';
    const { id } = made.vm;
    await stack.api.finished(made.operation);
    const database = new Database({ connectionString: stack.database.url });
    await database.connect();
    await database.query('DELETE FROM vms WHERE id = $1', [id]);
    await database.end();
    const [pid] = qemuByVm(stack.folder).get(id) ?? [];
    await pause(6_000);
    const now = qemuByVm(stack.folder).get(id)?.join();
    if (!pid || now !== String(pid)) throw new Error(`the VM without a row ran as ${pid}, now as ${now}`);
    // What the administrator does then: tell the host to remove it.
    const last = tap.said('desired').findLast(({ subject }) => lastTokenOfSubject(subject) === id);
    if (!last) throw new Error('its desired state was never published');
    const desired = desiredVmCodec.decode(last.data);
    const removal = { ...desired, generation: desired.generation + 1, presence: 'deleted', power: 'stopped' };
    tap.say({ subject: last.subject, data: desiredVmCodec.encode(removal as typeof desired) });
    const left = () => stack.filesOf(id, ...desired.disks.map((it) => it.diskId)).length === 0;
    await waitFor(left, { timeoutMs: 20_000, everyMs: 50, what: 'the host removed it' });
    return `VM ${id}`;
  },
};
