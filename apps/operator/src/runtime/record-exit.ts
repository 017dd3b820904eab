/**
 * The end of a QEMU process becomes a durable fact: counted once for each launch, with its reason, told at once,
 * with what QEMU and the guest said last kept beside it. Runs outside the VM's loop, so that an end is never waiting
 * behind a plan.
 */
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRestarted, nextRestartAt, restartJitter, restartsAfterExit } from '#libs/domain';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { listFolder, makePrivateFolder } from '../storage/paths.js';
import type { ProcessRecord, StatusRecord } from '../storage/vm-records.js';
import { describeStatus, type ExitWitnesses, exitReason } from './exit-reason.js';

const TAIL_BYTES = 16 * 1024;
const CERTIFICATES_KEPT = 10;

export async function recordExit(
  host: Host,
  vm: Vm,
  record: ProcessRecord,
  witnesses: ExitWitnesses,
): Promise<void> {
  vm.process = undefined;
  if (vm.status.lastExitLaunchId !== record.launchId) {
    const change = statusAfterExit(host, vm, record, witnesses);
    host.measure.exit(change.lastExit?.reason ?? '');
    await vm.saveStatus(change);
    host.reporter.tell(vm);
    await keepCertificate(vm).catch((error) => {
      host.logger.warn({ err: error, vmId: vm.vmId }, 'the last words of a process could not be kept');
    });
  }
  await vm.store.removeProcess();
  await rm(vm.store.paths.run, { recursive: true, force: true });
}

function statusAfterExit(
  host: Host,
  vm: Vm,
  record: ProcessRecord,
  witnesses: ExitWitnesses,
): Partial<StatusRecord> {
  const atMs = host.clock.now();
  const reason = exitReason(witnesses);
  const exitSeq = (vm.status.lastExit?.exitSeq ?? 0) + 1;
  const policy = vm.desired?.restart;
  const ranMs = Math.max(0, atMs - record.launchedAtMs);
  const restarts = policy ? restartsAfterExit(policy, vm.status.restarts, ranMs) : vm.status.restarts;
  const wanted = policy && vm.desired?.power !== 'stopped' && isRestarted(policy, reason);
  host.logger.info({ vmId: vm.vmId, reason, exitSeq, ranMs }, 'a QEMU process ended');
  return {
    lastExit: {
      exitSeq,
      reason,
      atMs,
      startGeneration: record.startGeneration,
      status: describeStatus(witnesses.status),
    },
    lastExitLaunchId: record.launchId,
    restarts,
    nextRestartAtMs: wanted ? nextRestartAt(policy, atMs, restarts, restartJitter(vm.vmId, exitSeq)) : 0,
  };
}

/** The tails of what QEMU and the guest's console said last. */
async function keepCertificate(vm: Vm): Promise<void> {
  const { exits, qemuLog, serialLog } = vm.store.paths;
  const seq = vm.status.lastExit?.exitSeq ?? 0;
  await makePrivateFolder(exits);
  for (const [name, log] of [
    ['qemu', qemuLog],
    ['serial', serialLog],
  ] as const) {
    await writeFile(join(exits, `${seq}.${name}.txt`), await readTail(log), { mode: 0o600 });
  }
  for (const name of await listFolder(exits)) {
    if (Number.parseInt(name, 10) <= seq - CERTIFICATES_KEPT) await rm(join(exits, name), { force: true });
  }
}

/** The last bytes of a file from `fromByte` on; empty when it is not there. */
export async function readTail(path: string, fromByte = 0): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const start = Math.max(fromByte, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), {
        position: start,
      });
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
