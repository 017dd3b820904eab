import { Injectable } from '@nestjs/common';
import type { PatchHostInput } from '#libs/contracts/http';
import type { SeenHost, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { mergedLabels } from '../vms/index.js';
import { lockHost } from './lock-host.js';

/** Labels of a host, and how much it may promise; what it promised already stays. */
@Injectable()
export class PatchHost {
  async execute(tx: Tx, caller: Caller, nameOrId: string, input: PatchHostInput): Promise<SeenHost> {
    const found = await lockHost(tx, nameOrId);
    const { id, name, labels } = found.host;
    const { cpuOvercommit, memoryOvercommit } = input;
    const change = {
      ...(input.labels != null && { labels: mergedLabels(labels, input.labels) }),
      ...(cpuOvercommit != null && { cpuOvercommitPercent: Math.round(cpuOvercommit * 100) }),
      ...(memoryOvercommit != null && { memoryOvercommitPercent: Math.round(memoryOvercommit * 100) }),
    };
    if (Object.keys(change).length === 0) return found;
    await tx.hosts.change(id, change);
    await audit(tx, caller, 'host.update', { kind: 'host', id, name, project: null }, null);
    return { ...found, host: { ...found.host, ...change } };
  }
}
