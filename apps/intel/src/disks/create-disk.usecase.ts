import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreateDiskInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { newDisk, type Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { sendAction } from '../operations/index.js';
import { chooseProject } from '../projects/index.js';
import { contentOfSnapshot } from '../snapshots/index.js';
import { usableTemplate } from '../templates/index.js';
import { diskModes, imageOf, placeVm } from '../vms/index.js';
import type { ChangedDisk } from './changed-disk.js';
import { CREATE_DEADLINE_MS } from './command-host.js';

const GIB = 1024 ** 3;

/** Makes a disk that belongs to no VM: a host and a pool with room, and the command to its host. */
@Injectable()
export class CreateDisk {
  async execute(tx: Tx, caller: Caller, input: CreateDiskInput): Promise<ChangedDisk> {
    const project = await chooseProject(tx, caller, input.project);
    const template = input.template == null ? undefined : await usableTemplate(tx, project, input.template);
    if (template && input.source) refuse('source', 'conflict', 'a disk has a template or a source');
    const content = input.source == null ? undefined : await contentOfSnapshot(tx, caller, input.source);
    const least = content?.sizeBytes ?? template?.virtualBytes ?? 0;
    const sizeBytes = input.sizeGiB == null ? least : input.sizeGiB * GIB;
    if (sizeBytes === 0) refuse('sizeGiB', 'required', 'is required for an empty disk');
    if (sizeBytes < least) {
      refuse(
        'sizeGiB',
        'min',
        `must be at least ${Math.ceil(least / GIB)}, the size of its ${content ? 'source' : 'template'}`,
      );
    }
    const named = input.host == null ? undefined : await hostOf(tx, input.host);
    if (content && named && named !== content.hostId) {
      refuse('host', 'conflict', 'must be the host of the snapshot, or left out');
    }
    const onHost = content?.hostId ?? named;
    const storage = [{ pool: input.pool ?? undefined, bytes: sizeBytes }];
    const { hostId, poolIds } = await placeVm(tx, { vcpus: 0, memoryMib: 0, storage }, onHost);
    const [poolId] = poolIds;
    if (!poolId) throw new VmanError('placement_failed', 'The host does not tell of its pools.');
    const disk = newDisk({
      id: uuidv7(),
      project,
      name: input.name,
      labels: input.labels ?? {},
      sizeBytes,
      templateId: template?.id ?? null,
      hostId,
      poolId,
      state: 'creating',
      origin: content?.origin ?? null,
      ...diskModes(input),
    });
    await tx.disks.insert(disk);
    const resource = { kind: 'disk', id: disk.id, name: disk.name, project, hostId } as const;
    const { id: diskId } = disk;
    const spec = { diskId, poolId, sizeBytes, bootOrder: 0, readOnly: false };
    const image = template && { image: imageOf(template) };
    const operationId = await sendAction(tx, caller, resource, {
      kind: 'disk.create',
      action: { $case: 'createDisk', value: { disk: { ...spec, ...image, origin: content?.origin } } },
      deadlineInMs: CREATE_DEADLINE_MS,
    });
    return { diskId, operationId };
  }
}

async function hostOf(tx: Tx, nameOrId: string): Promise<string> {
  const found = (await tx.hosts.facts()).find((it) => it.name === nameOrId || it.hostId === nameOrId);
  return found?.hostId ?? refuse('host', 'unknown', 'there is no such host');
}

function refuse(field: string, code: string, message: string): never {
  throw invalidInput([{ field, code, message }]);
}
