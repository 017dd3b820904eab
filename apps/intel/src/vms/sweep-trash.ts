/**
 * Destroys what has been in the trash for its time, and deletes what has expired. Every replica looks; the VM's row is held
 * while one acts, and is looked at again then, so that each happens once. A process that dies on the way has done all
 * of a VM or nothing, and the next sweep goes on.
 */
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK, type Clock } from '#libs/clock';
import { Database, type Tx, type VmEntity } from '../db-operator/index.js';
import { systemActor } from '../http/index.js';
import { Sweep } from '../sweeping/index.js';
import { decideTrash } from './decide-trash.js';
import { DeleteVm } from './delete-vm.usecase.js';
import { tellOfVm } from './tell-of-vm.js';

const EVERY_MS = 5_000;
const BATCH = 100;

@Injectable()
export class SweepTrash extends Sweep {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DeleteVm) private readonly deleteVm: DeleteVm,
  ) {
    super({ clock, everyMs: EVERY_MS, of: 'the trash' });
  }

  async sweep(): Promise<void> {
    const ids = await this.database.read((tx) => tx.vms.overdue(new Date(this.clock.now()), BATCH));
    for (const id of ids) {
      if (this.stopped) return;
      await this.database.transaction(async (tx) => {
        const seen = await tx.vms.lock(id);
        if (seen) await this.attend(tx, seen.vm);
      });
    }
  }

  private async attend(tx: Tx, vm: VmEntity): Promise<void> {
    const actor = systemActor(uuidv7());
    switch (decideTrash(vm, this.clock.now())) {
      case 'nothing':
        return;
      case 'purge':
        await this.deleteVm.purge(tx, actor, vm, 'its time in the trash is over');
        return;
      case 'expire':
        await this.deleteVm.remove(tx, actor, vm, { reason: 'expired' });
        await tellOfVm(tx, actor, vm, 'vm.expired');
    }
  }
}
