/** Kills the operator in the middle of a snapshot or a restore, starts it again, and says what came of the work. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { DesiredVm, Disk } from '#libs/contracts';
import type { OperatorProcess } from './operator-process.js';
import { later, type TestHost } from './test-host.js';

export interface SnapshotKill {
  point: string;
  during: 'creation' | 'removal' | 'restore';
  memory: boolean;
  /** Tested with every change, not only in the slow suite. */
  always?: true;
}

const at = (
  during: SnapshotKill['during'],
  memory: boolean,
  points: string[],
  always?: true,
): SnapshotKill[] => points.map((point) => ({ point, during, memory, always }));

export const SNAPSHOT_KILLS: readonly SnapshotKill[] = [
  ...at('creation', false, ['operator.snapshot.intent', 'operator.snapshot.still']),
  ...at('creation', false, ['operator.snapshot.taken'], true),
  ...at('creation', true, ['operator.snapshot.taken']),
  ...at('removal', false, ['operator.snapshot.dropped']),
  ...at('restore', false, ['operator.check-restore.before', 'operator.check-restore.after']),
  ...at('restore', false, ['operator.rewind-disks.before', 'operator.rewind-disks.kept']),
  ...at('restore', false, ['operator.rewind-disks.one'], true),
  ...at('restore', true, ['operator.rewind-disks.after', 'operator.load-memory.before']),
  ...at('restore', true, ['operator.load-memory.loaded'], true),
  ...at('restore', true, ['operator.load-memory.after']),
];

export async function killDuringSnapshot(host: TestHost, operator: OperatorProcess, kill: SnapshotKill) {
  await operator.start({ VMAN_FAILPOINTS: `${kill.point}=crash` });
  const plain = host.vm({ disks: [blank(), blank()] });
  const vm = { ...plain, machine: { ...plain.machine, memoryMib: 32 } };
  await host.send(vm);
  const { pid } = await host.settled(vm, 'running');
  const dies = async () => {
    expect((await operator.gone()).signal).toBe('SIGKILL');
    await operator.start();
  };
  const snapshotId = uuidv7();
  const { operationId } = await create(host, vm, snapshotId, kill.memory);
  const held = () => vm.disks.map((disk) => snapshotsOf(host, disk));
  switch (kill.during) {
    case 'creation':
      await dies();
      expect(await host.answer(operationId)).toMatchObject({ status: 'succeeded', attempt: 2 });
      expect(held()).toEqual([[snapshotId], [snapshotId]]);
      expect(recordsOf(host, vm)).toEqual([`${snapshotId}.json`]);
      expect(host.qemus(vm.vmId)).toEqual([pid]);
      return host.remove(vm);
    case 'removal': {
      await host.answer(operationId);
      const value = { snapshotId, diskIds: vm.disks.map((it) => it.diskId) };
      const removal = await host.command(vm, { $case: 'deleteSnapshot', value });
      await dies();
      expect(await host.answer(removal.operationId)).toMatchObject({ status: 'succeeded', attempt: 2 });
      expect([held(), recordsOf(host, vm)]).toEqual([[[], []], []]);
      return host.remove(vm);
    }
    case 'restore': {
      await host.answer(operationId);
      const generation = vm.generation + 1;
      const diskIds = vm.disks.map((it) => it.diskId);
      const restore = { snapshotId, restoreGeneration: generation, memory: kill.memory, diskIds };
      const wanted = later(vm, { restore, startGeneration: generation });
      await host.send(wanted);
      await dies();
      const row = await host.settled(wanted, 'running');
      expect(row).toMatchObject({ failure: undefined, restoredGeneration: generation });
      expect(host.qemus(vm.vmId)).toEqual([row.pid]);
      expect(held()).toEqual([[snapshotId], [snapshotId]]);
      await host.remove(wanted);
      expect(host.leftOf(vm.vmId)).toEqual([]);
    }
  }
}

const blank = (): Disk => ({ diskId: uuidv7(), bootOrder: 0, sizeBytes: 1 << 20, readOnly: false });

const create = (host: TestHost, vm: DesiredVm, snapshotId: string, memory: boolean) =>
  host.command(vm, {
    $case: 'createSnapshot',
    value: {
      snapshotId,
      diskIds: vm.disks.map((it) => it.diskId),
      memory,
      freeze: false,
      freezeTimeoutMs: 1000,
      freezeRequired: false,
    },
  });

/** Names of the snapshots that the file of a disk holds. */
function snapshotsOf({ folder }: TestHost, { diskId }: Disk): string[] {
  const path = join(folder, 's/disks', `${diskId}.qcow2`);
  const out = execFileSync('qemu-img', ['info', '-U', '--output=json', path], { encoding: 'utf8' });
  return ((JSON.parse(out) as { snapshots?: { name: string }[] }).snapshots ?? []).map((it) => it.name);
}

function recordsOf({ folder }: TestHost, { vmId }: DesiredVm): string[] {
  const path = join(folder, 's/snapshots', vmId);
  return existsSync(path) ? readdirSync(path) : [];
}
