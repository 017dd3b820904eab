/**
 * Finds out what is left of a VM after a start of the operator. The record of its process is compared with reality:
 * the same boot, a process with that pid and start time, a monitor that answers with the VM's UUID. A process that is
 * gone ended while nobody watched and gets its exit record now. An intent without an identity means that the operator
 * was killed around the spawn: the child is found by its UUID or was never there.
 */
import { rm } from 'node:fs/promises';
import { v7 as uuidv7 } from 'uuid';
import { failpoint } from '#libs/config';
import { type LaunchedShape, shapeOf } from '#libs/domain';
import { bootId } from '#libs/qemu';
import type { Host } from '../host.js';
import { type VmLimits, vmLimits } from '../launchers/limits.js';
import type { Vm } from '../reconcile/vm.js';
import { LiveProcess } from '../runtime/live-process.js';
import { readLogWords } from '../runtime/log-files.js';
import { isAlive, type ProcessIdentity } from '../runtime/proc.js';
import { recordExit } from '../runtime/record-exit.js';
import { watchProcess } from '../runtime/watch-process.js';
import { exists } from '../steps/fetch-image.step.js';
import type { ProcessRecord } from '../storage/vm-records.js';

/** `found` is the process that names this VM on its command line, if there is one. Returns within about a second. */
export async function adoptVm(host: Host, vm: Vm, found: ProcessIdentity | undefined): Promise<void> {
  const { process: record } = await vm.store.load();
  const identity = await livingIdentity(record, found);
  if (identity) {
    const kept = record ?? (await reconstruct(host, vm));
    const complete = { ...kept, identity };
    if (record?.identity?.pid !== identity.pid) await vm.store.saveProcess(complete);
    await failpoint('operator.adopt.found');
    await host.launcher.limit(vm.vmId, identity.pid, limitsOf(host, kept));
    vm.process = new LiveProcess(watchProcess(host, vm, complete));
    await vm.process.connect();
    host.logger.info({ vmId: vm.vmId, pid: identity.pid, phase: vm.process.phase }, 'adopted a process');
    return;
  }
  if (record?.identity) return recordUnwatchedExit(host, vm, record);
  if (record) await vm.store.removeProcess();
  await host.launcher.clearUp(vm.vmId);
  await rm(vm.store.paths.run, { recursive: true, force: true });
}

/** What it was launched with; all of it is in the record. */
function limitsOf(host: Host, { shape }: ProcessRecord): VmLimits {
  const { vcpus, memoryMib } = shape.machine;
  return vmLimits({
    accelerator: { kind: host.qemu.accelerator },
    vcpus: { count: vcpus },
    memory: { sizeMiB: Math.max(memoryMib, shape.maxMemoryMib) },
  });
}

async function livingIdentity(
  record: ProcessRecord | undefined,
  found: ProcessIdentity | undefined,
): Promise<ProcessIdentity | undefined> {
  if (record?.identity && (await isAlive(record.identity))) return record.identity;
  return found;
}

/** Its record is lost or damaged, but it lives: it is taken for what the desired state says. */
async function reconstruct(host: Host, vm: Vm): Promise<ProcessRecord> {
  host.logger.warn({ vmId: vm.vmId }, 'a live process has no record; it is taken for the desired one');
  return {
    launchId: uuidv7(),
    startGeneration: vm.desired?.startGeneration ?? 0,
    shape: vm.desired ? shapeOf(vm.desired) : NO_SHAPE,
    launchedAtMs: host.clock.now(),
    bootId: await bootId(),
  };
}

const NO_SHAPE: LaunchedShape = {
  machine: { vcpus: 0, memoryMib: 0, type: 'q35', firmware: 'bios', cpuModel: '' },
  disks: [],
  nics: [],
  ports: 0,
  maxVcpus: 0,
  maxMemoryMib: 0,
  balloonTakenMib: 0,
};

async function recordUnwatchedExit(host: Host, vm: Vm, record: ProcessRecord): Promise<void> {
  const otherBoot = record.bootId !== (await bootId());
  const clearedUp = !(await exists(vm.store.paths.pidFile));
  const log = await readLogWords(vm.store.paths.qemuLog);
  await recordExit(host, vm, record, { requested: false, otherBoot, unwatched: { clearedUp, log } });
}
