import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK, type Clock } from '#libs/clock';
import { type CreateRepairPauseInput, PAUSE_DAYS_MAX, type RepairPauseView } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { RepairPauseRow, Tx } from '../db-operator/index.js';
import { type Caller, demand, invalidInput } from '../http/index.js';
import { audit } from '../operations/index.js';
import { findVm } from '../vms/index.js';
import { findPause } from './find-pause.js';
import { pauseView } from './pause-view.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const DAY_MS = 24 * 3_600_000;

type Scope = Pick<RepairPauseRow, 'scopeId' | 'scopeName' | 'project'>;

/** Begins and ends pauses of repairs; the observer that leads is told within a second. */
@Injectable()
export class RepairPauses {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async begin(tx: Tx, caller: Caller, input: CreateRepairPauseInput): Promise<RepairPauseView> {
    const until = new Date(input.until);
    const ms = until.getTime() - this.clock.now();
    if (ms <= 0 || ms > PAUSE_DAYS_MAX * DAY_MS) {
      const message = `must be in the future, at most ${PAUSE_DAYS_MAX} days from now`;
      throw invalidInput([{ field: 'until', code: 'invalid', message }]);
    }
    const scope = await this.scopeOf(tx, caller, input.scope);
    const id = uuidv7();
    const { reason } = input;
    await tx.repairPauses.insert({
      id,
      scope: input.scope.kind,
      ...scope,
      until,
      reason,
      requestedBy: caller.name,
    });
    await audit(
      tx,
      caller,
      'repair-pause.create',
      { kind: 'repair-pause', id, project: scope.project },
      null,
    );
    const row = await tx.repairPauses.get(id);
    if (!row) throw invalidInput([{ field: 'until', code: 'invalid', message: 'has passed meanwhile' }]);
    return pauseView(row);
  }

  async end(tx: Tx, caller: Caller, id: string): Promise<void> {
    const row = await findPause(tx, caller, id);
    if (row.scope !== 'vm') demandAll(caller);
    await tx.repairPauses.remove(id);
    await audit(tx, caller, 'repair-pause.delete', { kind: 'repair-pause', id, project: row.project }, null);
  }

  private async scopeOf(tx: Tx, caller: Caller, input: CreateRepairPauseInput['scope']): Promise<Scope> {
    const { kind, id } = input;
    if ((kind === 'fleet') !== (id === undefined)) {
      const message = kind === 'fleet' ? 'must be left out for the fleet' : `must name the ${kind}`;
      throw invalidInput([{ field: 'scope.id', code: 'invalid', message }]);
    }
    switch (kind) {
      case 'fleet':
        demandAll(caller);
        return { scopeId: null, scopeName: '', project: null };
      case 'host': {
        demandAll(caller);
        const name = id ?? '';
        const found = await (UUID.test(name) ? tx.hosts.get(name) : tx.hosts.byName(name));
        if (!found) throw new VmanError('not_found', 'There is no such host.');
        return { scopeId: found.host.id, scopeName: found.host.name, project: null };
      }
      case 'vm': {
        const { vm } = await findVm(tx, caller, id ?? '');
        return { scopeId: vm.id, scopeName: vm.name, project: vm.project };
      }
    }
  }
}

/** Hosts and the fleet carry VMs of everybody. */
function demandAll(caller: Caller): void {
  demand(caller, 'repairs:pause-all');
}
