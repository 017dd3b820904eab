import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { ChangedDisk } from '../disks/index.js';
import type { Caller } from '../http/index.js';
import { askHost } from './ask-host.js';
import { lockStray } from './find-stray.js';

/** Destroys a file in quarantine before its time. */
@Injectable()
export class DeleteStrayDisk {
  async execute(tx: Tx, caller: Caller, id: string): Promise<ChangedDisk> {
    const { diskId, poolId, hostId, quarantinedAt } = await lockStray(tx, id);
    if (await tx.disks.get(diskId)) throw new VmanError('resource_in_use', 'The disk is known by now.');
    if (quarantinedAt === null) {
      throw new VmanError('invalid_state', 'The file is not in quarantine yet.', {
        hint: 'It goes there when VMAN_STRAY_DISK_AFTER has passed since it was first seen.',
      });
    }
    return { diskId, operationId: await askHost(tx, caller, { diskId, poolId, hostId }, 'purge') };
  }
}
