import { Inject, Injectable, Logger } from '@nestjs/common';
import type { HostIdentity } from '#libs/contracts';
import { type IdentityVerdict, judgeIdentity } from '#libs/domain';
import { Database, type Tx } from '../db-operator/index.js';

/** Says who may be a host, and notes who was refused, for an administrator to look at. */
@Injectable()
export class AdmitHost {
  private readonly logger = new Logger(AdmitHost.name);

  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(hostId: string, told: HostIdentity): Promise<IdentityVerdict> {
    return this.database.transaction((tx) => this.judge(tx, hostId, told));
  }

  private async judge(tx: Tx, hostId: string, told: HostIdentity): Promise<IdentityVerdict> {
    const found = await tx.hosts.get(hostId);
    if (!found) return { kind: 'admitted', isNew: true };
    const { host, silentMs } = found;
    const verdict = judgeIdentity({ ...host, silentMs }, told);
    if (verdict.kind === 'admitted') return verdict;
    const { refused } = host;
    const known = refused?.incarnation === told.incarnation && refused.machineId === told.machineId;
    if (verdict.lasting && !(known && refused.bootId === told.bootId)) {
      this.logger.error({ hostId, ...told }, `refused as host ${host.name}: ${verdict.reason}`);
      const at = new Date().toISOString();
      await tx.hosts.change(hostId, { refused: { ...told, reason: verdict.reason, at } });
    }
    return verdict;
  }
}
