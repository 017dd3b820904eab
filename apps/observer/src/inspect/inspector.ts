/**
 * Looks at one VM, or one host, and sees to what differs.
 *
 * Whatever may have changed a VM (an event, a heartbeat, its desired state, a timer, the sweep) only names it here; the
 * decision always rests on the newest view. Only the leader judges; a standby's view is as warm. A host that is not
 * heard is no evidence of anything: what was open there stays open.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { TIMERS } from '#libs/domain';
import { DriftKeeper } from '../drift/drift-keeper.js';
import type { TrackedDrift } from '../drift/tracked-drift.js';
import { Leadership } from '../leader/leadership.js';
import { Repairer } from '../repair/repairer.js';
import { driftsOfHost, driftsOfVm } from '../rules/rules.js';
import { DesiredReader } from '../view/desired-reader.js';
import type { HostFacts, Site, VmFacts } from '../view/facts.js';
import { FleetView } from '../view/fleet-view.js';
import { Rest } from '../view/rest.js';

/** So many VMs are looked at before others get their turn. */
const BATCH = 2_000;

@Injectable()
export class Inspector {
  private readonly timers = new Map<string, Timer>();

  constructor(
    private readonly view: FleetView,
    private readonly desired: DesiredReader,
    private readonly lead: Leadership,
    private readonly keeper: DriftKeeper,
    private readonly repairer: Repairer,
    private readonly rest: Rest,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    desired.onVm((vmId) => void this.inspectVm(vmId));
  }

  /** Compares one VM with what it should be, wherever it is, and sees to it. Never throws. */
  async inspectVm(vmId: string): Promise<void> {
    this.timers.get(vmId)?.cancel();
    this.timers.delete(vmId);
    if (!this.judges) return;
    for (const site of this.view.sitesOf(vmId)) await this.inspectSite(site);
    await this.keeper.tell(this.lead.speaker);
  }

  inspectHost(hostId: string): void {
    const host = this.view.hostOf(hostId);
    if (!this.judges || !host) return;
    const nowMs = this.clock.now();
    const silentMs = this.silence(host);
    const siteOf = (vmId: string) => this.view.siteOf(hostId, vmId);
    this.keeper.settle({ hostId, vmId: '' }, driftsOfHost(host, { nowMs, silentMs, siteOf }));
    void this.keeper.tell(this.lead.speaker);
  }

  /** Everything, and what was open where nothing is any more. */
  async inspectAll(): Promise<void> {
    let looked = 0;
    for (const site of [...this.view.all()]) {
      if (!this.judges) return;
      await this.inspectSite(site);
      if (++looked % BATCH === 0) await new Promise(setImmediate);
    }
    for (const host of this.view.allHosts()) this.inspectHost(host.hostId);
    for (const scope of this.keeper.openScopes()) {
      const gone = scope.vmId !== '' && !this.view.siteOf(scope.hostId, scope.vmId);
      if (gone && !this.rest.resting) this.keeper.settle(scope, []);
    }
    await this.keeper.tell(this.lead.speaker);
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  private get judges(): boolean {
    return this.lead.leads && this.desired.ready;
  }

  private silence(host: HostFacts): number {
    return this.clock.monotonic() - host.heardAtMonotonicMs;
  }

  private async inspectSite(site: Site): Promise<void> {
    const vm = this.factsOf(site);
    if (!vm) return;
    const { hostId, vmId } = site;
    let soonest: number | undefined;
    for (const tracked of this.keeper.settle({ hostId, vmId }, driftsOfVm(vm, this.clock.now()))) {
      const again = await this.attend(tracked, vm);
      if (again !== undefined) soonest = Math.min(soonest ?? again, again);
    }
    if (soonest !== undefined) this.inspectLater(vmId, soonest);
  }

  /** undefined: it cannot be judged now, and what was open stays open. */
  private factsOf(site: Site): VmFacts | undefined {
    const host = this.view.hostOf(site.hostId);
    if (!host || this.silence(host) > TIMERS.hostSuspect) return undefined;
    if (!site.desired && this.rest.seeding) return undefined;
    if (site.observed?.state === 'unknown') return undefined;
    const elsewhere = this.view.sitesOf(site.vmId).filter((it) => it !== site && this.isHeard(it));
    return { site, host, elsewhere };
  }

  private isHeard({ hostId, beat }: Site): boolean {
    const host = this.view.hostOf(hostId);
    return host !== undefined && this.silence(host) <= TIMERS.hostSuspect && beat >= host.beats - 1;
  }

  private async attend(tracked: TrackedDrift, vm: VmFacts): Promise<number | undefined> {
    const { decision } = tracked.drift;
    switch (decision.kind) {
      case 'leave':
        this.keeper.note(tracked, { decision: 'leave', reason: decision.why, nextTryAtMs: 0 });
        return undefined;
      case 'wait':
        this.keeper.note(tracked, { decision: 'wait', reason: decision.why, nextTryAtMs: decision.untilMs });
        return decision.untilMs - this.clock.now();
      case 'repair':
        return this.repairer.attend(tracked, decision, vm, this.lead.speaker);
    }
  }

  private inspectLater(vmId: string, ms: number): void {
    this.timers.get(vmId)?.cancel();
    const timer = this.clock.setTimeout(() => void this.inspectVm(vmId), Math.max(1, ms));
    this.timers.set(vmId, timer);
  }
}
