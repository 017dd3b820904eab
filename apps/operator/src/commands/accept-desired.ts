/**
 * The fence before everything: a desired state is accepted once it is durable, and only a later generation than the
 * accepted one, or than the one a VM left this host with, is. An equal one makes the VM be planned again and its row
 * be told again; so a message that comes twice, late or out of order does nothing.
 */

import { failpoint } from '#libs/config';
import type { DesiredVm } from '#libs/contracts';
import type { Host } from '../host.js';
import type { Registry } from '../reconcile/registry.js';
import type { VmLoop } from '../reconcile/vm-loop.js';
import { EMPTY_STATUS } from '../storage/vm-records.js';

export type Acceptance = 'accepted' | 'repeated' | 'dropped';

export class AcceptDesired {
  /** Messages of one VM are taken one after the other. */
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(
    private readonly host: Host,
    private readonly registry: Registry,
    /** Told of each VM that is new here. */
    private readonly onNewVm: (loop: VmLoop) => void,
  ) {}

  /** Resolves when the message may be acknowledged. */
  accept(desired: DesiredVm): Promise<Acceptance> {
    const before = this.queues.get(desired.vmId) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.take(desired));
    this.queues.set(desired.vmId, turn);
    const leave = () => {
      if (this.queues.get(desired.vmId) === turn) this.queues.delete(desired.vmId);
    };
    turn.then(leave, leave);
    return turn;
  }

  private async take(desired: DesiredVm): Promise<Acceptance> {
    const { host, registry } = this;
    if (desired.hostId !== host.hostId) {
      host.measure.dropped('other-host');
      host.logger.warn({ vmId: desired.vmId, named: desired.hostId }, 'a desired state names another host');
      return 'dropped';
    }
    const loop = registry.get(desired.vmId);
    if (!loop) return this.takeUnknown(desired);
    const accepted = loop.vm.desired?.generation ?? 0;
    if (desired.generation < accepted) {
      host.measure.dropped('old-generation');
      return 'dropped';
    }
    if (desired.generation === accepted) {
      host.reporter.tellAgain(loop.vm);
      loop.wake();
      return 'repeated';
    }
    await this.store(loop, desired);
    loop.supersede();
    return 'accepted';
  }

  private async takeUnknown(desired: DesiredVm): Promise<Acceptance> {
    const { host, registry } = this;
    const tombstone = host.tombstones.get(desired.vmId);
    if (tombstone && desired.generation <= tombstone.generation) {
      host.measure.dropped('buried');
      host.reporter.tellBuried(desired.vmId, tombstone);
      return 'dropped';
    }
    const loop = registry.make(desired.vmId);
    // Exits go on counting where they were, so that an old repair never fits a new exit.
    if (tombstone?.lastExit) loop.vm.status = { ...EMPTY_STATUS, lastExit: tombstone.lastExit };
    await this.store(loop, desired);
    if (tombstone?.lastExit) await loop.vm.saveStatus({});
    await host.tombstones.remove(desired.vmId);
    registry.add(loop);
    this.onNewVm(loop);
    loop.start();
    return 'accepted';
  }

  private async store(loop: VmLoop, desired: DesiredVm): Promise<void> {
    await failpoint('operator.desired.before-write');
    await loop.vm.store.saveDesired({ desired });
    loop.vm.desired = desired;
    await failpoint('operator.desired.before-ack');
  }
}
