/**
 * One pass over one VM: read what is, plan, run the plan, read again, until a plan is empty or a step failed. It
 * trusts nothing that an earlier pass remembered, so it is also what recovers after a crash at any point.
 *
 * A generation that failed is not tried again by every wake-up, only when its code is retryable and its back-off is
 * over; but if reality moved to where it should be meanwhile, the failure is cleared.
 */
import type { Failure, StepRecord } from '#libs/contracts';
import { describeStep, plan } from '#libs/domain';
import type { Host } from '../host.js';
import { readFiles } from '../storage/read-files.js';
import { runPlan } from './run-plan.js';
import type { Vm } from './vm.js';

/** A plan that is not empty after so many rounds never will be. */
const MAX_ROUNDS = 10;

export interface PassOptions {
  /** Aborted by a newer generation or the end of the operator. */
  signal: AbortSignal;
  /** Whether a failed generation may be tried again now. */
  retry: boolean;
}

export type PassResult = 'converged' | 'interrupted' | 'failed' | 'waiting';

export async function converge(host: Host, vm: Vm, { signal, retry }: PassOptions): Promise<PassResult> {
  const records: StepRecord[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const counted = vm.exitCounted;
    await counted;
    const desired = vm.desired;
    if (!desired || vm.gone) return 'converged';
    // Its events and its own steps tell what QEMU does after that; and one that is to end need not be asked.
    const ask = round === 0 && desired.presence === 'present' && desired.power !== 'stopped';
    await Promise.all([refreshFiles(host, vm), ask ? vm.process?.refresh() : undefined]);
    // It ended while it was looked at. To plan before that counts would launch it as if it had never run.
    if (vm.exitCounted !== counted) continue;
    const steps = plan(desired, vm.actual);
    const failedBefore = vm.status.failure && vm.status.observedGeneration === desired.generation;
    if (steps.length === 0 && vm.process?.phase === 'hung') return 'waiting';
    // Asked for while it runs: done once it has its lease, which wakes its loop.
    if (steps.length === 0 && vm.process && !host.leases.mayRun(desired)) return 'waiting';
    if (steps.length === 0) return settle(host, vm, desired.generation, undefined, records);
    if (failedBefore && !retry) return 'failed';
    if (host.dryRun) return pretend(host, vm, steps.map(describeStep));
    const result = await runPlan(host, vm, desired, steps, signal, records);
    if (vm.gone) return 'converged';
    switch (result.kind) {
      case 'done':
        break;
      case 'interrupted':
        if (signal.aborted) return 'interrupted';
        break;
      case 'failed':
        await refreshFiles(host, vm);
        return settle(host, vm, desired.generation, result.failure, records);
    }
  }
  const failure = { code: 'internal', message: `No end after ${MAX_ROUNDS} plans.` };
  return settle(host, vm, vm.desired?.generation ?? 0, failure, records);
}

async function refreshFiles(host: Host, vm: Vm): Promise<void> {
  const [files, wires] = await Promise.all([
    readFiles(vm, host),
    host.networks.readNics(vm.vmId, vm.desired),
  ]);
  vm.files = { ...files, wires };
}

async function settle(
  host: Host,
  vm: Vm,
  generation: number,
  failure: Failure | undefined,
  records: StepRecord[],
): Promise<PassResult> {
  const { status } = vm;
  const isNew = status.observedGeneration !== generation || status.failure !== failure;
  const saved = isNew
    ? vm.saveStatus({ observedGeneration: generation, failure, disks: vm.files.disks })
    : Promise.resolve();
  // What has failed is not tried again after a kill. What was reached is found reached.
  if (failure) await saved;
  host.reporter.tell(vm, records);
  await saved;
  return failure ? 'failed' : 'converged';
}

function pretend(host: Host, vm: Vm, steps: string[]): PassResult {
  host.logger.info({ vmId: vm.vmId, steps }, 'dry run: these steps would be taken');
  host.reporter.tell(vm);
  return 'waiting';
}
