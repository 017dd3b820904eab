/** Many bare QEMUs of one operator, of which one is frozen while nobody watches. */
import type { DesiredVm, Heartbeat } from '#libs/contracts';
import { waitFor } from '#libs/testing';
import type { OperatorProcess } from './operator-process.js';
import type { TestHost } from './test-host.js';

const SETTLES_MS = 120_000;

export interface Crowd {
  vms: DesiredVm[];
  pids: Map<string, number>;
  frozen: string;
}

export interface Adoption {
  /** From the start of the process until it had read its state. */
  startMs: number;
  /** From then until a heartbeat shows every VM. */
  adoptMs: number;
  beat: Heartbeat;
}

/** Launches them, kills the operator and freezes the first. */
export async function launchCrowd(host: TestHost, operator: OperatorProcess, count: number): Promise<Crowd> {
  await operator.start();
  const vms = Array.from({ length: count }, () => {
    const vm = host.vm({ power: 'paused' });
    return { ...vm, machine: { ...vm.machine, memoryMib: 16 } };
  });
  for (const vm of vms) await host.send(vm);
  const rows = await Promise.all(vms.map((vm) => host.settled(vm, 'paused', SETTLES_MS)));
  const pids = new Map(rows.map((row) => [row.vmId, row.pid]));
  await operator.end('SIGKILL');
  const frozen = vms[0]?.vmId ?? '';
  process.kill(pids.get(frozen) ?? 0, 'SIGSTOP');
  return { vms, pids, frozen };
}

/** Starts the operator again and waits until its heartbeat shows all of them. */
export async function adoptCrowd(host: TestHost, operator: OperatorProcess, crowd: Crowd): Promise<Adoption> {
  const seen = host.beats.length;
  const outputBefore = operator.output.length;
  const spawnedAt = Date.now();
  operator.spawn();
  let cameAt = 0;
  const beat = await waitFor(
    () => {
      const found = host.beats.slice(seen).find((it) => it.complete && it.vms.length >= crowd.vms.length);
      cameAt ||= found ? Date.now() : 0;
      return found;
    },
    { timeoutMs: SETTLES_MS, everyMs: 2, what: 'a heartbeat shows every VM' },
  );
  const readAt = timeOf(operator.output.slice(outputBefore), 'state read');
  return { startMs: readAt - spawnedAt, adoptMs: cameAt - readAt, beat };
}

/** Lets the frozen one go on and deletes all. */
export async function removeCrowd(host: TestHost, { vms, pids, frozen }: Crowd): Promise<void> {
  process.kill(pids.get(frozen) ?? 0, 'SIGCONT');
  for (const vm of vms) await host.send({ ...vm, presence: 'deleted', power: 'stopped', generation: 2 });
  await Promise.all(
    vms.map((vm) => host.rowWhere(vm.vmId, 'deleted', (row) => row.state === 'absent', SETTLES_MS)),
  );
}

function timeOf(output: string, message: string): number {
  for (const line of output.split('\n')) {
    if (line.includes(`"msg":"${message}"`)) return Date.parse((JSON.parse(line) as { time: string }).time);
  }
  throw new Error(`the operator never said: ${message}`);
}
