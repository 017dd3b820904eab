import { Injectable } from '@nestjs/common';
import type { DesiredVm, Heartbeat, Revision, VmReport } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import { compactDesired, compactReport } from './compact.js';
import type { HostFacts, Site } from './facts.js';

/** When something was heard, by both clocks. */
export interface Heard {
  nowMs: number;
  monotonicMs: number;
}

/** Wall clocks that differ by more than this, network and queues included, are said to. */
export const CLOCK_SKEW_MS = 2_000;

/**
 * What should be and what was last seen, of every VM of the fleet, in memory. Nothing here is durable: desired state
 * comes whole from its stream, observations come again with each heartbeat. An observation older than the one held
 * is ignored, and silence changes nothing: what is not seen stays as it was seen last.
 */
@Injectable()
export class FleetView {
  private readonly vms = new Map<string, Site[]>();
  private readonly hosts = new Map<string, HostFacts>();

  get size(): { desired: number; observed: number; hosts: number } {
    let desired = 0;
    let observed = 0;
    for (const site of this.all()) {
      if (site.desired) desired += 1;
      if (site.observed) observed += 1;
    }
    return { desired, observed, hosts: this.hosts.size };
  }

  applyDesired(vm: DesiredVm, nowMs: number): void {
    const site = this.open(vm.hostId, vm.vmId);
    site.desired = compactDesired(vm, site.desired, nowMs);
  }

  /** Before the stream is read again from its beginning. */
  forgetDesired(): void {
    for (const site of [...this.all()]) {
      site.desired = undefined;
      if (!site.observed) this.forget(site);
    }
  }

  /** The same of a row that was told by itself; a host that tells something is there. */
  applyEvent(hostId: string, row: VmReport, heard: Heard): boolean {
    this.hostHeard(hostId, heard);
    return this.applyReport(hostId, row, heard.nowMs);
  }

  /** False when the row is older than the one held. */
  applyReport(hostId: string, row: VmReport, nowMs: number): boolean {
    const held = this.siteOf(hostId, row.vmId);
    const beats = this.hosts.get(hostId)?.beats ?? 0;
    if (held) held.beat = beats;
    if (held?.observed && !isNewer(row.rev, held.observed.rev)) return false;
    const left = row.state === 'absent' && held?.desired?.presence !== 'present';
    if (left) {
      if (held) this.forget(held);
      return held !== undefined;
    }
    const site = held ?? this.open(hostId, row.vmId);
    site.beat = beats;
    site.observed = compactReport(row, site.observed, nowMs);
    return true;
  }

  /** The ids of the VMs whose row was news. */
  applyHeartbeat(beat: Heartbeat, { nowMs, monotonicMs }: Heard): string[] {
    const host = this.hostHeard(beat.hostId, { nowMs, monotonicMs });
    host.name = beat.hostName;
    host.draining = beat.draining;
    host.agentVersion = beat.agentVersion;
    host.complete = beat.complete;
    host.beats += 1;
    host.skewMs = beat.sentAtMs - nowMs;
    host.skewedBeats = Math.abs(host.skewMs) > CLOCK_SKEW_MS ? host.skewedBeats + 1 : 0;
    host.orphans = beat.orphans;
    host.strayDisks = beat.strayDisks?.disks ?? [];
    return beat.vms.filter((row) => this.applyReport(beat.hostId, row, nowMs)).map((row) => row.vmId);
  }

  siteOf(hostId: string, vmId: string): Site | undefined {
    return this.vms.get(vmId)?.find((it) => it.hostId === hostId);
  }

  /** One VM on all hosts that know it. */
  sitesOf(vmId: string): readonly Site[] {
    return this.vms.get(vmId) ?? [];
  }

  *all(): IterableIterator<Site> {
    for (const sites of this.vms.values()) yield* sites;
  }

  hostOf(hostId: string): HostFacts | undefined {
    return this.hosts.get(hostId);
  }

  allHosts(): IterableIterator<HostFacts> {
    return this.hosts.values();
  }

  private hostHeard(hostId: string, { nowMs, monotonicMs }: Heard): HostFacts {
    const known = this.hosts.get(hostId);
    const host = known ?? newHost(hostId);
    const silence = monotonicMs - host.heardAtMonotonicMs;
    if (known && silence > TIMERS.hostUnknown) host.returnedAtMs = nowMs;
    host.heardAtMs = nowMs;
    host.heardAtMonotonicMs = monotonicMs;
    this.hosts.set(hostId, host);
    return host;
  }

  private open(hostId: string, vmId: string): Site {
    const sites = this.vms.get(vmId) ?? [];
    const known = sites.find((it) => it.hostId === hostId);
    if (known) return known;
    const site: Site = { hostId, vmId, desired: undefined, observed: undefined, beat: 0 };
    this.vms.set(vmId, [...sites, site]);
    return site;
  }

  private forget({ hostId, vmId }: Site): void {
    const left = this.sitesOf(vmId).filter((it) => it.hostId !== hostId);
    if (left.length === 0) this.vms.delete(vmId);
    else this.vms.set(vmId, left);
  }
}

function newHost(hostId: string): HostFacts {
  return {
    hostId,
    name: '',
    draining: false,
    agentVersion: '',
    complete: false,
    beats: 0,
    heardAtMs: 0,
    heardAtMonotonicMs: 0,
    returnedAtMs: 0,
    skewMs: 0,
    skewedBeats: 0,
    orphans: [],
    strayDisks: [],
  };
}

function isNewer(a: Revision, b: Revision): boolean {
  return a.startCount > b.startCount || (a.startCount === b.startCount && a.sequence > b.sequence);
}
