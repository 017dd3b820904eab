import type { DesiredVm, Heartbeat, Revision, VmReport } from '#libs/contracts';

/**
 * What should be and what was last seen, of every VM of the fleet, in memory. Nothing here is durable: desired state
 * comes whole from its stream, observations come again with each heartbeat. An observation older than the one held
 * is ignored, and silence changes nothing: what is not seen stays as it was seen last.
 */
export class FleetView {
  private readonly desired = new Map<string, DesiredVm>();
  private readonly observed = new Map<string, VmReport>();
  private readonly hosts = new Map<string, SeenHost>();

  get size(): { desired: number; observed: number; hosts: number } {
    return { desired: this.desired.size, observed: this.observed.size, hosts: this.hosts.size };
  }

  applyDesired(vm: DesiredVm): void {
    this.desired.set(key(vm.hostId, vm.vmId), vm);
  }

  /** Before the stream is read again from its beginning. */
  forgetDesired(): void {
    this.desired.clear();
  }

  /** False when the row is older than the one held. */
  applyReport(hostId: string, row: VmReport): boolean {
    const id = key(hostId, row.vmId);
    const held = this.observed.get(id);
    if (held && !isNewer(row.rev, held.rev)) return false;
    const left = row.state === 'absent' && this.desired.get(id)?.presence !== 'present';
    if (left) this.forget(id);
    else this.observed.set(id, row);
    return true;
  }

  /** The ids of the VMs whose row was news. */
  applyHeartbeat(beat: Heartbeat, atMonotonicMs: number): string[] {
    this.hosts.set(beat.hostId, {
      name: beat.hostName,
      seenAtMonotonicMs: atMonotonicMs,
      draining: beat.draining,
    });
    return beat.vms.filter((row) => this.applyReport(beat.hostId, row)).map((row) => row.vmId);
  }

  desiredOf(hostId: string, vmId: string): DesiredVm | undefined {
    return this.desired.get(key(hostId, vmId));
  }

  observedOf(hostId: string, vmId: string): VmReport | undefined {
    return this.observed.get(key(hostId, vmId));
  }

  /** Every VM that is to be on a host. */
  *all(): IterableIterator<DesiredVm> {
    yield* this.desired.values();
  }

  /** Monotonic ms of the last heartbeat of each host. */
  *seenHosts(): IterableIterator<[string, SeenHost]> {
    yield* this.hosts.entries();
  }

  private forget(id: string): void {
    this.observed.delete(id);
    this.desired.delete(id);
  }
}

export interface SeenHost {
  name: string;
  seenAtMonotonicMs: number;
  draining: boolean;
}

function key(hostId: string, vmId: string): string {
  return `${hostId}/${vmId}`;
}

function isNewer(a: Revision, b: Revision): boolean {
  return a.startCount > b.startCount || (a.startCount === b.startCount && a.sequence > b.sequence);
}
