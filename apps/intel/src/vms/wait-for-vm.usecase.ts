import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { VmView, WaitGoal } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database, type SeenVm, type VmParts, waitForChange } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { findVm } from './find-vm.js';
import { isReady, readyReason, vmView } from './vm-view.js';

/** Holds the answer back until the VM is as wanted; deadline_exceeded when it is not in time. */
@Injectable()
export class WaitForVm {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(caller: Caller, idOrName: string, goal: WaitGoal, timeoutMs: number): Promise<VmView> {
    const read = () =>
      this.database.read(async (tx) => {
        const seen = await findVm(tx, caller, idOrName);
        return { seen, parts: await tx.parts.of(seen.vm.id) };
      });
    const { vm } = (await read()).seen;
    let last: Looked | undefined;
    const found = await waitForChange<Looked>(
      this.database,
      this.clock,
      (change) => change.kind === 'vm' && change.id === vm.id,
      async () => {
        last = await read();
        return isThere(last, goal) ? last : undefined;
      },
      timeoutMs,
    );
    if (!found) throw tooLate(goal, timeoutMs, last);
    return vmView(found.seen, found.parts);
  }
}

interface Looked {
  seen: SeenVm;
  parts: VmParts;
}

function isThere({ seen, parts }: Looked, goal: WaitGoal): boolean {
  switch (goal) {
    case 'running':
    case 'stopped':
      return seen.shown === goal;
    case 'ready':
      return isReady(seen, parts);
  }
}

/** Says what was missing at the last look. */
function tooLate(goal: WaitGoal, timeoutMs: number, last: Looked | undefined): VmanError {
  const late = `The VM was not ${goal} within ${timeoutMs / 1000} s`;
  if (!last) return new VmanError('deadline_exceeded', `${late}.`);
  if (goal !== 'ready') return new VmanError('deadline_exceeded', `${late}; it is ${last.seen.shown}.`);
  const { reason, message } = readyReason(last.seen, last.parts);
  return new VmanError('deadline_exceeded', `${late}; it is ${reason}. ${message}`.trim());
}
