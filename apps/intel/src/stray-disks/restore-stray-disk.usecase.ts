import { Injectable } from '@nestjs/common';
import type { RestoreStrayDiskInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { newDisk, type Tx } from '../db-operator/index.js';
import type { ChangedDisk } from '../disks/index.js';
import type { Caller } from '../http/index.js';
import { takeRoom } from '../pools/index.js';
import { askHost } from './ask-host.js';
import { lockStray } from './find-stray.js';

const DEFAULT_PROJECT = 'default';

/** Makes a disk of a file that nobody knew: it gets a row, and its place when it was in quarantine. */
@Injectable()
export class RestoreStrayDisk {
  async execute(tx: Tx, caller: Caller, id: string, input: RestoreStrayDiskInput): Promise<ChangedDisk> {
    const { diskId, poolId, hostId, sizeBytes } = await lockStray(tx, id);
    if (await tx.disks.get(diskId)) throw new VmanError('already_exists', 'The disk is known.');
    if (sizeBytes === 0)
      throw new VmanError('image_rejected', 'The file does not say how large its disk is.');
    await takeRoom(tx, poolId, sizeBytes);
    const project = caller.project ?? input.project ?? DEFAULT_PROJECT;
    const { name, labels = {} } = input;
    await tx.disks.insert(
      newDisk({ id: diskId, project, name, labels, sizeBytes, hostId, poolId, state: 'creating' }),
    );
    const operationId = await askHost(tx, caller, { diskId, poolId, hostId, project, name }, 'return');
    return { diskId, operationId };
  }
}
