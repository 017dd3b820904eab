import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ExitEvent } from '#libs/contracts';
import { Database } from '../db-operator/index.js';

/** Keeps the death certificate of a QEMU process, so that it can be read when its host is gone. */
@Injectable()
export class ApplyExitEvent {
  private readonly logger = new Logger(ApplyExitEvent.name);

  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(event: ExitEvent): Promise<void> {
    await this.database.transaction(async (tx) => {
      const seen = await tx.vms.lock(event.vmId);
      if (seen?.vm.hostId !== event.hostId) {
        this.logger.debug(
          { vmId: event.vmId, hostId: event.hostId },
          'an exit of a VM that is not placed there',
        );
        return;
      }
      await tx.exits.keep(event);
    });
  }
}
