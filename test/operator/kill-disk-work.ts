/** Kills the operator in the middle of work on a disk that belongs to no VM; the next one has to finish it. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { Command, CommandEvent, Disk } from '#libs/contracts';
import { waitFor } from '#libs/testing';
import type { ImageServer } from './image-server.js';
import type { OperatorProcess } from './operator-process.js';
import type { TestHost } from './test-host.js';

const MIB = 1024 * 1024;

interface Stage {
  host: TestHost;
  operator: OperatorProcess;
  images: ImageServer;
}

/** Where it dies, if at all, while it makes, grows and removes a disk. */
export interface Deaths {
  create?: string;
  grow?: string;
  remove?: string;
}

/** Makes, grows and removes a linked clone in a shared pool; each ends as if nobody had died, and nothing is left. */
export async function killDiskWork({ host, operator, images }: Stage, deaths: Deaths): Promise<void> {
  const folder = join(host.folder, 'far');
  mkdirSync(folder, { recursive: true });
  const pools = { VMAN_POOLS: `far=shared-dir:${folder}` };
  const answered = async (action: Command['action'], point?: string): Promise<CommandEvent> => {
    if (!point) return host.answer((await send(host, action)).operationId);
    await operator.end('SIGKILL');
    await operator.start({ ...pools, VMAN_FAILPOINTS: `${point}=crash` });
    const { operationId } = await send(host, action);
    await operator.gone();
    await operator.start(pools);
    return host.answer(operationId);
  };
  await operator.start(pools);
  const far = () => host.beats.at(-1)?.pools.find((it) => it.name === 'far');
  const { poolId } = await waitFor(far, { what: 'the pool is told of' });
  const image = images.add(Buffer.alloc(MIB, 'golden'));
  const disk: Disk = { diskId: uuidv7(), bootOrder: 0, sizeBytes: MIB, readOnly: false, poolId, image };
  const { diskId } = disk;
  const name = `${diskId}.qcow2`;

  const made = await answered({ $case: 'createDisk', value: { disk } }, deaths.create);
  expect([made.status, made.failure]).toEqual(['succeeded', undefined]);
  expect(readdirSync(join(folder, 'disks'))).toEqual([name]);
  const larger = { diskId, poolId, sizeBytes: 4 * MIB };
  const grown = await answered({ $case: 'growDisk', value: larger }, deaths.grow);
  expect([grown.status, grown.failure]).toEqual(['succeeded', undefined]);
  expect(readFileSync(join(folder, 'disks', name)).readBigUInt64BE(24)).toBe(BigInt(4 * MIB));
  const removed = await answered({ $case: 'removeDisk', value: { diskId, poolId } }, deaths.remove);
  expect([removed.status, removed.failure]).toEqual(['succeeded', undefined]);
  expect(existsSync(join(folder, 'disks', name))).toBe(false);
  expect(readdirSync(join(folder, 'disks'))).toEqual([]);
}

const send = (host: TestHost, action: Command['action']) =>
  host.command(host.vm(), action, { vmId: '', minGeneration: 0 });
