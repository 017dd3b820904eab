import type { PortForward, Vm } from '#libs/client';
import { age, bytes, labels, mebibytes, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Fact } from '../output/sheet.js';
import type { Colour } from '../terminal/colour.js';

export const vmLook: Look<Vm> = {
  name: (vm) => vm.name,
  columns: [
    { header: 'NAME', value: (vm) => vm.name },
    { header: 'STATE', value: (vm) => vm.status.state, colour: stateColour },
    { header: 'CPUS', value: (vm) => String(vm.spec.vcpus) },
    { header: 'MEMORY', value: (vm) => mebibytes(vm.spec.memoryMiB) },
    { header: 'TEMPLATE', value: (vm) => vm.spec.template ?? '' },
    { header: 'HOST', value: (vm) => vm.status.host?.name ?? '' },
    { header: 'PORTS', value: (vm) => vm.status.portForwards.map(forwardText).join(',') },
    { header: 'AGE', value: (vm, nowMs) => age(vm.createdAt, nowMs) },
    { header: 'ADDRESSES', value: (vm) => vm.status.addresses.map((it) => it.address).join(','), wide: true },
    { header: 'PROJECT', value: (vm) => vm.project, wide: true },
    { header: 'DESIRED', value: (vm) => vm.spec.desiredState, wide: true },
    { header: 'RESTARTS', value: (vm) => String(vm.status.restart.count), wide: true },
    { header: 'LABELS', value: (vm) => labels(vm.labels), wide: true },
    { header: 'REASON', value: (vm) => vm.status.failure?.code ?? vm.status.reason, wide: true },
    { header: 'ID', value: (vm) => vm.id, wide: true },
  ],
  facts,
};

function stateColour(vm: Vm): Colour | undefined {
  switch (vm.status.state) {
    case 'running':
      return 'green';
    case 'crashed':
    case 'crash-loop':
    case 'failed':
      return 'red';
    case 'unknown':
    case 'pending':
    case 'provisioning':
    case 'starting':
    case 'stopping':
    case 'migrating':
    case 'deleting':
      return 'yellow';
    case 'stopped':
    case 'paused':
      return 'dim';
  }
}

export function forwardText({ hostAddress, hostPort, guestPort, protocol }: PortForward): string {
  return `${hostAddress}:${hostPort}->${guestPort}/${protocol}`;
}

function facts(vm: Vm, nowMs: number): Fact[] {
  const { spec, status } = vm;
  const restart = spec.restart;
  return [
    { name: 'Name', value: vm.name },
    { name: 'Id', value: vm.id },
    { name: 'Project', value: vm.project },
    { name: 'Labels', value: labels(vm.labels) },
    { name: 'State', value: stateText(vm), colour: stateColour(vm) },
    {
      name: 'Failure',
      value: status.failure && `${status.failure.message} [${status.failure.code}]`,
      colour: 'red',
    },
    { name: 'Hint', value: status.failure?.hint },
    { name: 'Desired', value: spec.desiredState },
    { name: 'Host', value: status.host?.name },
    { name: 'Template', value: spec.template },
    { name: 'CPUs', value: `${spec.vcpus}${spec.cpuModel ? ` (${spec.cpuModel})` : ''}` },
    { name: 'Memory', value: mebibytes(spec.memoryMiB) },
    { name: 'Machine', value: `${spec.machine}, ${spec.firmware}` },
    {
      name: 'Disks',
      value: spec.disks.map((it) => `${bytes(it.sizeBytes)}${it.readOnly ? ', read-only' : ''}`),
    },
    { name: 'Nics', value: spec.nics.map((it) => `${it.kind} ${it.mac}`) },
    { name: 'Addresses', value: status.addresses.map((it) => `${it.address}/${it.prefix} (${it.source})`) },
    { name: 'Ports', value: status.portForwards.map(forwardText) },
    {
      name: 'Restart',
      value: `${restart.policy}, ${restart.maxRetries} times in ${restart.windowSeconds} s`,
    },
    { name: 'Restarts', value: restartsText(vm) },
    { name: 'Last exit', value: exitText(vm, nowMs) },
    { name: 'Expires', value: spec.expiresAt },
    {
      name: 'Trash',
      value: status.purgeAt && `destroyed at ${status.purgeAt}; vman vm restore ${vm.name}`,
      colour: 'yellow',
    },
    { name: 'Protected', value: spec.deletionProtection ? 'yes' : undefined },
    {
      name: 'Waits',
      value: status.conditions.filter((it) => it.type === 'RestartRequired').map((it) => it.message),
    },
    {
      name: 'First boot',
      value: status.conditions
        .filter((it) => it.type === 'CloudInitDone')
        .map((it) => (it.message ? `${it.reason}: ${it.message}` : it.reason)),
    },
    { name: 'Process', value: status.pid === undefined ? undefined : String(status.pid) },
    { name: 'Running', value: moment(status.runningSince, nowMs) },
    { name: 'Observed', value: moment(status.observedAt, nowMs) },
    { name: 'Generation', value: `${vm.generation}, observed ${status.observedGeneration}` },
    { name: 'Created', value: moment(vm.createdAt, nowMs) },
    { name: 'Updated', value: moment(vm.updatedAt, nowMs) },
  ];
}

function stateText({ status }: Vm): string {
  return status.reason && status.reason !== status.state
    ? `${status.state} (${status.reason})`
    : status.state;
}

function restartsText({ status }: Vm): string {
  const { count, nextAt } = status.restart;
  return nextAt ? `${count}, the next at ${nextAt}` : String(count);
}

function exitText({ status }: Vm, nowMs: number): string | undefined {
  const exit = status.lastExit;
  return exit && `${exit.reason}${exit.status ? ` (${exit.status})` : ''}, ${age(exit.at, nowMs)} ago`;
}
