import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { VmView, WaitGoal } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database, type SeenVm, waitForChange } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { findVm } from './find-vm.js';
import { isReady, vmView } from './vm-view.js';

/** Holds the answer back until the VM is as wanted; deadline_exceeded when it is not in time. */
@Injectable()
export class WaitForVm {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(caller: Caller, idOrName: string, goal: WaitGoal, timeoutMs: number): Promise<VmView> {
    const read = () => this.database.read((tx) => findVm(tx, caller, idOrName));
    const { vm } = await read();
    const found = await waitForChange<SeenVm>(
      this.database,
      this.clock,
      (change) => change.kind === 'vm' && change.id === vm.id,
      async () => {
        const seen = await read();
        return isThere(seen, goal) ? seen : undefined;
      },
      timeoutMs,
    );
    if (!found)
      throw new VmanError('deadline_exceeded', `The VM was not ${goal} within ${timeoutMs / 1000} s.`);
    const parts = await this.database.read((tx) => tx.parts.of(vm.id));
    return vmView(found, parts);
  }
}

function isThere({ vm, shown }: SeenVm, goal: WaitGoal): boolean {
  switch (goal) {
    case 'running':
    case 'stopped':
      return shown === goal;
    case 'ready':
      return isReady(vm, shown);
  }
}
