/**
 * QEMU processes that look like ours and belong to no VM of this host: what was left of a VM whose folder is gone, or
 * a second process with the UUID of one. Nobody knows what they do or whose they are, so they are shown and left
 * alone. Looked for after the adoption, then now and then; a process counts only when it still lives at the end of
 * the look, so that a VM that just ends is not taken for one.
 */
import { sep } from 'node:path';
import type { Clock } from '#libs/clock';
import type { Orphan } from '#libs/contracts';
import type { Logger } from '#libs/logging';
import type { Vm } from '../reconcile/vm.js';
import { findVmProcesses, isAlive, type VmProcess } from '../runtime/proc.js';

const LOOK_EVERY_MS = 10_000;

export class Orphans {
  /** As of the last look. */
  list: Orphan[] = [];
  private lookedAt = Number.NEGATIVE_INFINITY;
  private readonly told = new Set<string>();

  constructor(
    private readonly run: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Looks again when the last look is long ago. `vms` are adopted. */
  async lookNowAndThen(vms: readonly Vm[]): Promise<void> {
    if (this.clock.monotonic() - this.lookedAt > LOOK_EVERY_MS) await this.look(vms);
  }

  async look(vms: readonly Vm[]): Promise<void> {
    this.lookedAt = this.clock.monotonic();
    const found = await findVmProcesses();
    const judged = await Promise.all(
      found.map(async (it) => ({
        it,
        reason: judgeProcess(it, vms, this.run),
        alive: await isAlive(it.identity),
      })),
    );
    this.list = judged.flatMap(({ it: { vmId, identity }, reason, alive }) =>
      reason && alive ? [{ pid: identity.pid, vmId, reason }] : [],
    );
    for (const { it, reason, alive } of judged) if (reason && alive) this.tellOnce(it, reason);
  }

  private tellOnce({ vmId, identity }: VmProcess, reason: Orphan['reason']): void {
    const key = `${identity.pid} ${identity.startTime}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    this.logger.warn(
      { vmId, pid: identity.pid, reason },
      'a QEMU process belongs to no VM; it is left alone',
    );
  }
}

/** Why a process belongs to nobody; undefined when it does, when it is about to, or when it is no matter of this host. */
export function judgeProcess(
  { vmId, identity, pidFile }: VmProcess,
  vms: readonly Pick<Vm, 'vmId' | 'process' | 'step'>[],
  run: string,
): Orphan['reason'] | undefined {
  const vm = vms.find((it) => it.vmId === vmId);
  if (!vm) return pidFile?.startsWith(run + sep) ? 'no-vm' : undefined;
  const busy = vm.step === 'launch' || vm.process?.pid === identity.pid;
  return busy ? undefined : 'copy';
}
