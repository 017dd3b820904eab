/**
 * Moves the VMs of hosts that are being drained, one transaction a VM, and says in the operation what was moved, what
 * stays and why. It ends once nothing is left to wait for: what is on its way has been let go by the host. A host that
 * falls silent meanwhile is waited for.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { type DrainDecision, decideDrain } from '#libs/domain';
import { VmanError } from '#libs/errors';
import { Database, LOCKS, type OperationEntity, type SeenHost, type Tx } from '../db-operator/index.js';
import { systemActor } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { Sweep } from '../sweeping/index.js';
import { moveVm } from '../vms/index.js';

const EVERY_MS = 1_000;
const TOLD_MAX = 20;

interface Outcome {
  name: string;
  decision: DrainDecision;
}

@Injectable()
export class DrainHosts extends Sweep {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
  ) {
    super({ clock, everyMs: EVERY_MS, of: 'hosts to drain' });
  }

  async sweep(): Promise<void> {
    await this.database.exclusively(LOCKS.drain, async () => {
      const hosts = await this.database.read((tx) => tx.hosts.toEmpty());
      for (const host of hosts) if (host.seen && host.host.upkeep === 'draining') await this.drain(host);
    });
  }

  private async drain({ host }: SeenHost): Promise<void> {
    const drain = await this.database.read((tx) => tx.operations.openOfHost(host.id, 'host.drain'));
    if (!drain) return;
    const vms = await this.database.read((tx) => tx.vms.ofHost(host.id));
    const outcomes: Outcome[] = [];
    for (const { id } of vms) {
      const outcome = await this.attend(id, host.id, drain);
      if (outcome) outcomes.push(outcome);
    }
    await this.database.transaction((tx) => settle(tx, host.id, drain.id, outcomes));
  }

  private async attend(vmId: string, hostId: string, drain: OperationEntity): Promise<Outcome | undefined> {
    let name = vmId;
    try {
      return await this.database.transaction(async (tx) => {
        const seen = await tx.vms.lock(vmId);
        if (seen?.vm.hostId !== hostId) return undefined;
        const { vm } = seen;
        name = vm.name;
        const decision = decideDrain(await factsOf(tx, seen.vm));
        if (decision.kind !== 'move') return { name, decision };
        const reason = `host ${drain.resourceName} is being drained`;
        const actor = systemActor(drain.requestId);
        await moveVm(tx, actor, vm, { kind: 'vm.move', reason, ports: this.config.forwardPortRange });
        const moved = await tx.vms.get(vmId);
        const step = { startedAtMs: this.clock.now(), durationUs: 0, outcome: 'done' } as const;
        await tx.operations.addSteps(drain.id, [{ step: `move ${name} to ${moved?.hostName}`, ...step }]);
        return { name, decision };
      });
    } catch (error) {
      if (!(error instanceof VmanError)) throw error;
      if (error.code === 'conflict') return { name, decision: { kind: 'wait', why: error.message } };
      return { name, decision: { kind: 'stay', why: error.message } };
    }
  }
}

async function factsOf(tx: Tx, vm: Parameters<typeof moveVm>[2]) {
  const { disks, leavingDisks } = await tx.parts.of(vm.id);
  const all = [...disks, ...leavingDisks];
  const pools = await tx.pools.namesOf(all.flatMap((it) => it.poolId ?? []));
  return {
    presence: vm.presence,
    desiredPower: vm.desiredPower,
    failover: vm.failoverPoolId !== null,
    hasProcess: vm.pid > 0,
    settled: vm.observedGeneration >= vm.generation && !vm.held,
    leavingDisks: leavingDisks.length > 0,
    ownDisks: disks.flatMap((disk) => {
      const pool = disk.poolId === null ? undefined : pools.get(disk.poolId);
      return pool?.kind === 'shared-dir' ? [] : [pool?.name ?? 'local'];
    }),
    openCommands: (await tx.operations.openOfVm(vm.id)).filter((it) => it.command !== null).length,
  };
}

async function settle(tx: Tx, hostId: string, operationId: string, outcomes: Outcome[]): Promise<void> {
  const operation = await tx.operations.lock(operationId);
  if (!operation || operation.finishedAt) return;
  const moved = operation.steps.length;
  const away = (await tx.departures.ofHost(hostId)).length;
  const waiting = outcomes.filter((it) => it.decision.kind === 'wait').length + away;
  const left = outcomes.filter((it) => it.decision.kind === 'stay');
  if (waiting > 0) {
    const phase = outcomes.find((it) => it.decision.kind === 'wait');
    const done = Math.max(0, moved - away);
    await tx.operations.progress(operationId, {
      phase: phase ? `${phase.name}: ${phase.decision.why}` : `${away} VMs are on their way`,
      progress: Math.floor((99 * done) / Math.max(1, moved + waiting)),
    });
    return;
  }
  if (left.length === 0) {
    await tx.operations.finish(operationId, { status: 'succeeded' });
    return;
  }
  const told = left.slice(0, TOLD_MAX).map((it) => `${it.name}: ${it.decision.why}`);
  const more = left.length > told.length ? `; and ${left.length - told.length} more` : '';
  const message = `${left.length} VMs stay. ${told.join('; ')}${more}`;
  await tx.operations.finish(operationId, { status: 'failed', code: 'drain_incomplete', message });
}
