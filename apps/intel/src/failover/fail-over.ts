/**
 * Starts the VMs with failover of hosts that are lost on other hosts.
 *
 * Every two seconds one replica looks for VMs whose host is not heard. For each it chooses the host that would take it,
 * and asks that one for the lease: it has watched it since the first question, so once it says that the lease is over
 * it can take it at once. What is asked is what `decideFailover` needs; it alone decides. The move is one transaction
 * that looks at everything again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK, type Clock } from '#libs/clock';
import type { LeaseSight } from '#libs/contracts';
import { decideFailover, type FailoverDecision, hostState, place } from '#libs/domain';
import { VmanError } from '#libs/errors';
import { Database, LOCKS, type SeenHost, type Tx, type VmEntity } from '../db-operator/index.js';
import { ObserverSeen } from '../health/observer-seen.js';
import { systemActor } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { Sweep } from '../sweeping/index.js';
import { moveVm, needsOf } from '../vms/index.js';
import { AskLeases } from './ask-leases.js';
import { withoutFailover } from './without-failover.js';

const EVERY_MS = 2_000;

interface Candidate {
  vm: VmEntity;
  host: SeenHost;
  /** Which host would take it, and sees its lease; undefined: none has room and its pool. */
  target: string | undefined;
}

@Injectable()
export class FailOver extends Sweep {
  /** Chosen once and kept while it will do: another one would begin to watch the lease anew. */
  private readonly targets = new Map<string, string>();
  /** Why a VM still waits, as it was last logged. */
  private readonly waits = new Map<string, string>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) clock: Clock,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
    @Inject(ObserverSeen) private readonly observer: ObserverSeen,
    @Inject(AskLeases) private readonly leases: AskLeases,
  ) {
    super({ clock, everyMs: EVERY_MS, of: 'VMs of lost hosts' });
  }

  async sweep(): Promise<void> {
    await this.database.exclusively(LOCKS.failover, async () => {
      const candidates = await this.database.read((tx) => this.candidates(tx));
      const known = new Set(candidates.map((it) => it.vm.id));
      for (const vmId of this.targets.keys()) if (!known.has(vmId)) this.targets.delete(vmId);
      for (const vmId of this.waits.keys()) if (!known.has(vmId)) this.waits.delete(vmId);
      if (candidates.length === 0) return;
      const asks = candidates.flatMap(({ vm, target }) =>
        target ? [{ hostId: target, vmId: vm.id, poolId: vm.failoverPoolId ?? '' }] : [],
      );
      const sights = await this.leases.execute(asks);
      for (const candidate of candidates) await this.attend(candidate, sights.get(candidate.vm.id));
    });
  }

  private async candidates(tx: Tx): Promise<Candidate[]> {
    const away = (await tx.hosts.toEmpty()).filter((it) => !it.seen);
    if (away.length === 0) return [];
    const hosts = await tx.hosts.facts();
    const candidates: Candidate[] = [];
    for (const host of away) {
      for (const vm of await tx.vms.withFailover(host.host.id)) {
        candidates.push({ vm, host, target: await this.targetOf(tx, vm, hosts) });
      }
    }
    return candidates;
  }

  private async targetOf(
    tx: Tx,
    vm: VmEntity,
    all: Awaited<ReturnType<Tx['hosts']['facts']>>,
  ): Promise<string | undefined> {
    const needs = needsOf(vm, await tx.parts.of(vm.id));
    const terms = [...(vm.placement?.affinity ?? []), ...(vm.placement?.antiAffinity ?? [])];
    const sought = terms.map((it) => it.labels);
    const neighbours = await tx.vms.neighbours(vm.project, sought, vm.id);
    const hosts = all.filter((it) => it.hostId !== vm.hostId);
    const before = this.targets.get(vm.id);
    const kept = place(
      needs,
      hosts.filter((it) => it.hostId === before),
      neighbours,
    );
    const placement = kept.kind === 'placed' ? kept : place(needs, hosts, neighbours);
    if (placement.kind === 'refused') {
      this.targets.delete(vm.id);
      return undefined;
    }
    this.targets.set(vm.id, placement.hostId);
    return placement.hostId;
  }

  private async attend({ vm, target }: Candidate, lease: LeaseSight | undefined): Promise<void> {
    try {
      const decision = await this.database.transaction((tx) => this.decideAndMove(tx, vm.id, target, lease));
      if (decision?.kind === 'place') {
        this.waits.delete(vm.id);
        this.logger.warn({ vmId: vm.id, from: vm.hostId, to: target }, `placed again: ${decision.why}`);
      } else if (decision && this.waits.get(vm.id) !== decision.why) {
        this.waits.set(vm.id, decision.why);
        this.logger.log({ vmId: vm.id, hostId: vm.hostId }, `not placed again yet: ${decision.why}`);
      }
    } catch (error) {
      if (!(error instanceof VmanError)) throw error;
      this.logger.warn({ err: error, vmId: vm.id }, 'a VM of a lost host could not be placed again');
    }
  }

  /** Why a VM of a host that is not heard is where it is, as of now: what keeps it from another host. */
  async explain(tx: Tx, vm: VmEntity): Promise<string[]> {
    const host = await tx.hosts.get(vm.hostId);
    if (!host) return [];
    if (!vm.failoverPoolId) {
      const { disks } = await tx.parts.of(vm.id);
      const pools = await tx.pools.namesOf(disks.flatMap((it) => it.poolId ?? []));
      return withoutFailover(disks.map((it) => pools.get(it.poolId ?? '')));
    }
    const target = await this.targetOf(tx, vm, await tx.hosts.facts());
    if (!target) return ['no other host has room for it and its pool'];
    const { id: vmId, failoverPoolId: poolId } = vm;
    const sights = await this.leases.execute([{ hostId: target, vmId, poolId }]);
    const { kind, why } = await this.decide(tx, vm, host, sights.get(vmId));
    return [
      kind === 'wait' ? `it is not placed again yet: ${why}` : `it is about to be placed again: ${why}`,
    ];
  }

  private async decideAndMove(
    tx: Tx,
    vmId: string,
    target: string | undefined,
    lease: LeaseSight | undefined,
  ): Promise<FailoverDecision | undefined> {
    const seen = await tx.vms.lock(vmId);
    const host = seen && (await tx.hosts.get(seen.vm.hostId));
    if (!seen || !host || !seen.vm.failoverPoolId || seen.vm.presence !== 'present') return undefined;
    const { vm } = seen;
    const decision = await this.decide(tx, vm, host, lease);
    if (decision.kind === 'place') {
      const actor = systemActor(uuidv7());
      const ports = this.config.forwardPortRange;
      await moveVm(tx, actor, vm, { kind: 'vm.failover', reason: decision.why, toHost: target, ports });
    }
    return decision;
  }

  private async decide(
    tx: Tx,
    vm: VmEntity,
    { host, silentMs }: SeenHost,
    lease: LeaseSight | undefined,
  ): Promise<FailoverDecision> {
    return decideFailover({
      hostState: hostState({ silentMs, upkeep: host.upkeep, leaving: host.draining }),
      toldLost: await tx.drifts.isOpen('host-lost', vm.hostId),
      observerLack: this.observer.lack(),
      paused: (await tx.repairPauses.inForce()).some((it) => covers(it, vm)),
      observedGeneration: vm.observedGeneration,
      failoverGeneration: vm.failoverGeneration,
      lease,
    });
  }
}

function covers(pause: { scope: string; scopeId: string | null }, vm: VmEntity): boolean {
  return pause.scope === 'fleet' || pause.scopeId === vm.id || pause.scopeId === vm.hostId;
}
