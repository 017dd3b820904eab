/**
 * The host's sign of life, every 2 s with jitter, so that hosts do not beat together: who it is, what it has, and a
 * row for every VM. Until all VMs were looked at after a start the inventory is not complete and proves no absence.
 */
import type { Timer } from '#libs/clock';
import {
  type Heartbeat as HeartbeatMessage,
  type HostIdentity,
  type Hypervisor,
  heartbeatCodec,
  subjects,
} from '#libs/contracts';
import { HEARTBEAT_JITTER, TIMERS } from '#libs/domain';
import { readCapacity } from '../fingerprint/read-capacity.js';
import type { Host } from '../host.js';
import { toldNetworks } from '../network/told-networks.js';
import type { Registry } from '../reconcile/registry.js';

/** A VM that left is still shown for this long, in case the event was lost. */
const BURIED_SHOWN_MS = 10 * 60_000;

export interface HeartbeatOptions {
  host: Host;
  registry: Registry;
  hostName: string;
  bootId: string;
  agentVersion: string;
  hypervisor: Hypervisor;
  identity: HostIdentity;
  /** Undefined before they were looked for. */
  strayDisks: () => HeartbeatMessage['strayDisks'];
  /** Work that is due as often as a heartbeat. */
  onBeat: () => Promise<void>;
}

export class Heartbeat {
  /** All VMs were looked at after the start. */
  complete = false;
  draining = false;
  private sequence = 0;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(private readonly options: HeartbeatOptions) {}

  start(): void {
    void this.beatAndWait();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  /** Publishes one now. */
  async beat(): Promise<void> {
    const { host } = this.options;
    host.bus.publish(subjects.heartbeat(host.hostId), heartbeatCodec, await this.message());
    host.measure.heartbeat();
  }

  async message(): Promise<HeartbeatMessage> {
    const { host, hostName, bootId, agentVersion, hypervisor, identity, strayDisks } = this.options;
    this.sequence += 1;
    return {
      hostId: host.hostId,
      hostName,
      sentAtMs: host.clock.now(),
      startCount: host.startCount,
      sequence: this.sequence,
      bootId,
      agentVersion,
      capacity: await readCapacity(host.paths.images),
      hypervisor,
      complete: this.complete,
      vms: this.rows(),
      draining: this.draining,
      orphans: host.orphans.list,
      strayDisks: strayDisks(),
      pools: host.pools.reports,
      confinement: host.launcher.told,
      networkAbilities: await toldNetworks(host),
      identity,
    };
  }

  private rows() {
    const { host, registry } = this.options;
    const rows = registry
      .all()
      .filter((loop) => loop.adopted)
      .flatMap((loop) => host.reporter.rowOf(loop.vm) ?? []);
    const since = host.clock.now() - BURIED_SHOWN_MS;
    for (const [vmId, tombstone] of host.tombstones.entries()) {
      // What is still being removed is not gone.
      const gone = registry.get(vmId) === undefined;
      if (gone && tombstone.atMs > since) rows.push(host.reporter.rowOfBuried(vmId, tombstone));
    }
    return rows;
  }

  private async beatAndWait(): Promise<void> {
    if (this.stopped) return;
    const { host, onBeat } = this.options;
    try {
      await this.beat();
      await onBeat();
    } catch (error) {
      host.logger.warn({ err: error }, 'a heartbeat failed');
    }
    const jitter = 1 + HEARTBEAT_JITTER * (2 * Math.random() - 1);
    this.timer = host.clock.setTimeout(() => void this.beatAndWait(), TIMERS.heartbeat * jitter);
  }
}
