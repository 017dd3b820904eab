/** Kills the operator at one named point of its work, starts it again, and says what came of the work. */
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { ImageServer } from './image-server.js';
import type { OperatorProcess } from './operator-process.js';
import { later, type TestHost } from './test-host.js';

export interface Stage {
  host: TestHost;
  images: ImageServer;
  operator: OperatorProcess;
}

async function dieAt(operator: OperatorProcess): Promise<void> {
  expect((await operator.gone()).signal).toBe('SIGKILL');
  await operator.start();
}

/** A start: the VM runs once, had no exit, and its deletion leaves nothing. */
export async function killDuringStart({ host, images, operator }: Stage, point: string): Promise<void> {
  operator.spawn({ VMAN_FAILPOINTS: `${point}=crash` });
  const image = images.add(Buffer.alloc(512, point));
  const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }];
  const vm = host.vm({ disks });
  await host.send(vm);
  await dieAt(operator);
  // What was not acknowledged comes again: here from the relay, which is sooner than the broker.
  await host.send(vm);
  const row = await host.settled(vm, 'running');
  await host.nextBeat();
  expect(host.qemus(vm.vmId)).toEqual([row.pid]);
  expect(row.lastExit).toBeUndefined();
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

/** A deletion: it is finished. */
export async function killDuringDeletion({ host, operator }: Stage, point: string): Promise<void> {
  operator.spawn({ VMAN_FAILPOINTS: `${point}=crash` });
  const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, readOnly: false }];
  const vm = host.vm({ disks });
  await host.send(vm);
  await host.settled(vm, 'running');
  const deleted = later(vm, { presence: 'deleted', power: 'stopped' });
  await host.send(deleted);
  await dieAt(operator);
  await host.settled(deleted, 'absent');
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

/** A repair: the VM is started again, once. */
export async function killDuringRepair({ host, operator }: Stage, point: string): Promise<void> {
  operator.spawn({ VMAN_FAILPOINTS: `${point}=crash` });
  const vm = host.vm();
  await host.send(vm);
  const { pid } = await host.settled(vm, 'running');
  process.kill(pid, 'SIGKILL');
  await host.rowWhere(vm.vmId, 'it crashed', (row) => row.state === 'crashed');
  const operationId = randomUUID();
  await host.repair(vm, 1, { operationId });
  await dieAt(operator);
  await host.repair(vm, 1, { operationId });
  const runs = (row: { state: string; pid: number }) => row.state === 'running' && row.pid !== pid;
  const again = await host.rowWhere(vm.vmId, 'it runs again', runs);
  expect(again).toMatchObject({ restarts: 1, repairedExitSeq: 1 });
  expect(host.qemus(vm.vmId)).toEqual([again.pid]);
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}
