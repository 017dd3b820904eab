/** What must be true once the system is at rest. Pure: facts and expectations in, violations out. */
import type { VmView } from '#libs/contracts/http';
import type { Violation } from '../violation.js';
import type { VmModel } from '../workload/model.js';
import type { Facts } from './facts.js';

export interface Accepted {
  requestId: string;
  operationId: string;
  what: string;
}

const ENDED = ['succeeded', 'failed', 'cancelled'];

/** I6: what keeps it from being at rest; empty when everything is as desired. */
export function unsettled({ vms, operations, running }: Facts): Violation[] {
  const found: Violation[] = [];
  const say = (what: string) => found.push({ invariant: 'I6', what });
  for (const { id, kind, status, phase } of operations) {
    if (!ENDED.includes(status)) say(`operation ${id} (${kind}) is still ${status}, ${phase}`);
  }
  for (const vm of vms) {
    const { spec, status, generation, name } = vm;
    const pids = running.filter((it) => it.vmId === vm.id).map((it) => it.pid);
    const { state, reason, observedGeneration, failure } = status;
    if (state !== spec.desiredState) {
      say(`${name} (${vm.id}) should be ${spec.desiredState}, is ${state}: ${failure?.code ?? reason}`);
    }
    if (observedGeneration !== generation) say(`${name}: generation ${observedGeneration} of ${generation}`);
    const wanted = spec.desiredState === 'stopped' ? 0 : 1;
    if (pids.length !== wanted) say(`${name} (${vm.id}) has ${pids.length} processes, not ${wanted}`);
    else if (wanted === 1 && status.pid !== pids[0]) say(`${name}: shown pid ${status.pid}, real ${pids[0]}`);
  }
  for (const { vmId, pid } of running) {
    if (!vms.some((vm) => vm.id === vmId)) say(`process ${pid} runs for the VM ${vmId}, which is not there`);
  }
  return found;
}

/** I2: what was accepted is there, and ended. */
export function lostChanges(
  { vms, operations }: Facts,
  accepted: readonly Accepted[],
  models: readonly VmModel[],
): Violation[] {
  const byId = new Map(operations.map((it) => [it.id, it]));
  const found: Violation[] = accepted.flatMap(({ operationId, what }) => {
    const operation = byId.get(operationId);
    if (operation && ENDED.includes(operation.status)) return [];
    return [{ invariant: 'I2', what: `${what}: operation ${operationId} is ${operation?.status ?? 'lost'}` }];
  });
  for (const model of models) {
    if (model.uncertain) continue;
    const fault = lostEffect(
      model,
      vms.find((vm) => vm.id === model.id),
    );
    if (fault) found.push({ invariant: 'I2', what: `${model.name} (${model.id}): ${fault}` });
  }
  return found;
}

function lostEffect(model: VmModel, vm: VmView | undefined): string | undefined {
  if (model.presence === 'deleted') return vm ? 'it was deleted and is still there' : undefined;
  if (!vm) return 'it was created and is not there';
  if (vm.spec.desiredState !== model.desiredState) {
    return `it should be ${model.desiredState}, the API wants it ${vm.spec.desiredState}`;
  }
  const lost = Object.entries(model.labels).filter(([key, value]) => vm.labels[key] !== value);
  return lost.length > 0 ? `its labels ${JSON.stringify(model.labels)} were lost` : undefined;
}

/** I3: of what the rows say and of what the processes hold. */
export function sharedPorts({ vms, running }: Facts): Violation[] {
  const rows = vms.flatMap((vm) => [
    ...vm.spec.nics.map((nic) => `MAC ${nic.mac}`),
    ...vm.status.portForwards.map(
      (it) => `port ${vm.status.host?.id} ${it.hostAddress}:${it.hostPort}/${it.protocol}`,
    ),
  ]);
  const held = running.flatMap(({ command }) => [
    ...new Set([...command.matchAll(/(?:tcp|udp):[\d.]+:\d+-/g)].map(([rule]) => `forward ${rule}`)),
  ]);
  return twice([...rows, ...held]).map((what) => ({ invariant: 'I3', what: `${what} is held twice` }));
}

/** I4: files and rows. A VM whose creation failed may lack its disks. */
export function strayDisks({ vms, disks }: Facts): Violation[] {
  const rows = new Set(vms.flatMap((vm) => vm.spec.disks.map((disk) => disk.id)));
  const files = new Set(disks.map((disk) => disk.diskId));
  const stray = [...files].filter((it) => !rows.has(it)).map((it) => `disk ${it} has no row`);
  const made = vms.filter((vm) => vm.status.state !== 'failed');
  const missing = made.flatMap((vm) =>
    vm.spec.disks.filter((disk) => !files.has(disk.id)).map((disk) => `disk ${vm.id}/${disk.id} has no file`),
  );
  return [...stray, ...missing, ...twice(disks.map((it) => `disk ${it.diskId} is in two places`))].map(
    (what) => ({
      invariant: 'I4',
      what,
    }),
  );
}

/** I8 and I10: by request, in the database. */
export function countedChanges({ audit }: Facts, accepted: readonly Accepted[]): Violation[] {
  const byRequest = new Map(audit.map((it) => [it.requestId, it]));
  return accepted.flatMap(({ requestId, what }): Violation[] => {
    const { operations, audits } = byRequest.get(requestId) ?? { operations: 0, audits: 0 };
    const found: Violation[] = [];
    if (operations > 1) found.push({ invariant: 'I8', what: `${what} has ${operations} operations` });
    if (audits !== 1)
      found.push({ invariant: 'I10', what: `${what} (${requestId}) has ${audits} audit rows` });
    return found;
  });
}

function twice(list: readonly string[]): string[] {
  return [...new Set(list.filter((it, index) => list.indexOf(it) !== index))];
}
