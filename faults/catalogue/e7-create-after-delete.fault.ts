import { setTimeout as pause } from 'node:timers/promises';
import { type DesiredVm, desiredVmCodec, lastTokenOfSubject, subjects } from '#libs/contracts';
import type { Fault } from '../fault.js';
import type { Heard } from '../ground/bus-tap.js';
import { qemuByVm } from '../ground/process-watch.js';

export const createAfterDelete: Fault = {
  id: 'E7',
  name: 'the create of a VM delivered after its delete',
  async happen({ stack, tap, client }) {
    const change = { who: 'fault', method: 'POST', path: '/v1/vms' } as const;
    const made = await client.change({ ...change, body: { name: 'late-create', memoryMiB: 32, nics: [] } });
    if (made.outcome !== 'ok' || !made.vm) return 'the VM could not be created';
    const { id } = made.vm;
    const isOfIt = ({ subject }: Heard) => subject.endsWith(id);
    const create = await tap.untilSaid('desired', isOfIt, 20_000);
    const removed = await client.change({ who: 'fault', method: 'DELETE', path: `/v1/vms/${id}` });
    if (removed.outcome !== 'ok') throw new Error(`the VM could not be deleted: ${removed.outcome}`);
    await stack.api.finished(removed.operation);
    tap.say(create);
    await pause(2_000);
    if (qemuByVm(stack.folder).has(id)) throw new Error(`the deleted VM ${id} runs again`);
    const last = tap.said('desired').filter(isOfIt).map(read).at(-1);
    if (last?.presence !== 'deleted') throw new Error('the delete was never published');
    tap.say({ subject: subjects.desired(last.hostId, id), data: desiredVmCodec.encode(last) });
    return `VM ${lastTokenOfSubject(create.subject)}`;
  },
};

const read = ({ data }: Heard): DesiredVm => desiredVmCodec.decode(data);
