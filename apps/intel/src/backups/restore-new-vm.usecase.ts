import { Inject, Injectable } from '@nestjs/common';
import type { CreateVmInput, RestoreBackupInput } from '#libs/contracts/http';
import type { BackupDisk, BackupEntity, Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { type ChangedVm, CreateVm, placementView } from '../vms/index.js';
import { checkReady, lockBackup } from './find-backup.js';

const GIB = 1024 ** 3;

/** Makes a new VM, with an identity of its own, of a backup: on any host that reads the backup's pool. */
@Injectable()
export class RestoreNewVm {
  constructor(@Inject(CreateVm) private readonly createVm: CreateVm) {}

  async execute(
    tx: Tx,
    caller: Caller,
    id: string,
    input: RestoreBackupInput & { name: string },
  ): Promise<ChangedVm> {
    const backup = await lockBackup(tx, caller, id);
    checkReady(backup);
    const onHost = input.host == null ? undefined : await hostNamed(tx, input.host);
    return this.createVm.execute(tx, caller, createInput(backup, input), {
      onHost,
      readsPool: backup.poolId,
      content: backup.disks.map((disk) => restoredDisk(disk, backup)),
      reason: `of backup ${backup.id} of ${backup.vmName}`,
    });
  }
}

async function hostNamed(tx: Tx, nameOrId: string): Promise<string> {
  const hosts = await tx.hosts.facts();
  const host = hosts.find((it) => it.hostId === nameOrId || it.name === nameOrId);
  if (!host) {
    throw invalidInput([{ field: 'host', code: 'unknown', message: 'there is no such host' }]);
  }
  return host.hostId;
}

function createInput(
  { spec, project, disks }: BackupEntity,
  { name, pool, desiredState }: RestoreBackupInput & { name: string },
): CreateVmInput {
  return {
    name,
    project,
    labels: spec.labels,
    vcpus: spec.vcpus,
    memoryMiB: spec.memoryMib,
    machine: spec.machine,
    firmware: spec.firmware,
    cpuModel: spec.cpuModel || undefined,
    maxVcpus: spec.maxVcpus ?? undefined,
    maxMemoryMiB: spec.maxMemoryMib ?? undefined,
    balloonMiB: spec.balloonMib ?? undefined,
    vnc: spec.vnc,
    watchdog: spec.watchdog,
    bootPriority: spec.bootPriority,
    restart: {
      policy: spec.restartPolicy,
      maxRetries: spec.restartMaxRetries,
      windowSeconds: spec.restartWindowSeconds,
    },
    desiredState,
    placement: placementView(spec.placement ?? null),
    disks: disks.map((disk) => ({
      pool,
      sizeGiB: Math.ceil(disk.sizeBytes / GIB),
      bootOrder: disk.bootOrder,
      readOnly: disk.readOnly,
    })),
    nics: spec.nics.map(({ network, portForwards }) => ({
      network,
      portForwards: portForwards.map((it) => ({ ...it })),
    })),
  };
}

/** The row of a disk that is made of one in a backup. */
export function restoredDisk(disk: BackupDisk, { id, poolId }: Pick<BackupEntity, 'id' | 'poolId'>) {
  const { sizeBytes, bootOrder, readOnly, cache, discard, ioLimits } = disk;
  const value = { backupId: id, diskId: disk.id, poolId };
  const origin = { from: { $case: 'backup' as const, value } };
  return { sizeBytes, bootOrder, readOnly, cache, discard, ioLimits, origin };
}
