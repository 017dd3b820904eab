import { Inject, Injectable } from '@nestjs/common';
import type { ExplainView } from '#libs/contracts/http';
import { Database, type RepairPauseRow } from '../db-operator/index.js';
import { FailOver } from '../failover/index.js';
import { ObserverSeen } from '../health/observer-seen.js';
import type { Caller } from '../http/index.js';
import { operationView } from '../operations/index.js';
import { findVm, judgeHosts } from '../vms/index.js';
import { driftView } from './drift-view.js';
import { explain } from './explain.js';

const OPERATIONS_SHOWN = 5;
const DRIFTS_SHOWN = 50;

/** Gathers all that is known of a VM's state and of what holds it up. */
@Injectable()
export class ExplainVm {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ObserverSeen) private readonly observer: ObserverSeen,
    @Inject(FailOver) private readonly failOver: FailOver,
  ) {}

  async execute(caller: Caller, idOrName: string): Promise<ExplainView> {
    return this.database.read(async (tx) => {
      const seen = await findVm(tx, caller, idOrName);
      const vm = seen.vm.id;
      const drifts = await tx.drifts.page({ vm, state: 'present', limit: DRIFTS_SHOWN });
      const operations = await tx.operations.page({ vm, limit: OPERATIONS_SHOWN });
      const pauses = await tx.repairPauses.inForce();
      return explain({
        seen,
        drifts: drifts.items.map(driftView),
        operations: operations.items.map(operationView),
        failover: seen.shown === 'unknown' ? await this.failOver.explain(tx, seen.vm) : [],
        pauses: pauses.filter((it) => concerns(it, seen.vm)).map(inWords),
        observerLack: this.observer.lack(),
        placement: await judgeHosts(tx, seen.vm),
      });
    });
  }
}

function concerns({ scope, scopeId }: RepairPauseRow, vm: { id: string; hostId: string }): boolean {
  switch (scope) {
    case 'fleet':
      return true;
    case 'host':
      return scopeId === vm.hostId;
    case 'vm':
      return scopeId === vm.id;
  }
}

const inWords = ({ scope, until, reason }: RepairPauseRow): string =>
  `repairs of ${scope === 'fleet' ? 'the fleet' : `this ${scope}`} are paused until ${until.toISOString()}: ${reason}`;
