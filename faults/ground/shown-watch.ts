import { setTimeout as pause } from 'node:timers/promises';
import type { VmListView } from '#libs/contracts/http';
import { HEARTBEAT_JITTER, TIMERS } from '#libs/domain';
import type { Violation } from '../violation.js';
import type { Client } from '../workload/client.js';
import type { BusTap } from './bus-tap.js';

const EVERY_MS = 400;
/** A heartbeat that was sent is heard by intel and by the tap at slightly different times. */
const SLACK_MS = TIMERS.heartbeat * (1 + HEARTBEAT_JITTER);

/** Asks the API all the time whether it calls a VM running whose host nobody heard. */
export class ShownWatch {
  private stopped = false;
  private readonly working: Promise<void>;
  private readonly told = new Set<string>();

  constructor(
    private readonly client: Client,
    private readonly tap: BusTap,
    private readonly violations: Violation[],
  ) {
    this.working = this.watch();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  private async watch(): Promise<void> {
    while (!this.stopped) {
      // No answer claims nothing.
      await this.look().catch(() => {});
      await pause(EVERY_MS);
    }
  }

  private async look(): Promise<void> {
    const asked = performance.now();
    const { items } = await this.client.get<VmListView>('/v1/vms?state=running&limit=1000');
    for (const vm of items) {
      const host = vm.status.host?.id ?? '';
      const limit = TIMERS.hostUnknown + SLACK_MS;
      if (this.tap.heardWithin(host, limit, asked) || this.told.has(vm.id)) continue;
      this.told.add(vm.id);
      const what = `VM ${vm.name} was shown running, its host ${host} not heard for ${limit} ms`;
      this.violations.push({ invariant: 'I9', what });
    }
  }
}
