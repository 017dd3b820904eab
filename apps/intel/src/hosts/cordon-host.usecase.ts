import { Inject, Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import { Database, type SeenHost } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';

/** Closes a host to new VMs, or opens it again; what runs there is not touched. */
@Injectable()
export class CordonHost {
  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(caller: Caller, nameOrId: string, cordoned: boolean): Promise<SeenHost> {
    return this.database.transaction(async (tx) => {
      const found = await tx.hosts.find(nameOrId);
      if (!found) throw new VmanError('not_found', 'There is no such host.');
      const { id } = found.host;
      if (found.host.cordoned === cordoned) return found;
      await tx.hosts.cordon(id, cordoned);
      await audit(
        tx,
        caller,
        cordoned ? 'host.cordon' : 'host.uncordon',
        { kind: 'host', id, project: null },
        null,
      );
      return { ...found, host: { ...found.host, cordoned } };
    });
  }
}
