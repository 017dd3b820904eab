/**
 * Follows the first boot of a guest with its seed until cloud-init is through. It is asked only when the agent answers
 * anyway, so it costs no timer of its own, and never again once the answer is final: that is kept with the VM's
 * status, since the guest itself forgets it with its next boot.
 */
import type { Clock } from '#libs/clock';
import type { CloudInitResult, DesiredVm } from '#libs/contracts';
import type { Logger } from '#libs/logging';
import type { GuestAgentClient } from '#libs/qemu';
import { readFirstBoot, withoutSecrets } from './read-first-boot.js';

/** The part of a VM that this is about. */
interface Watched {
  readonly vmId: string;
  readonly desired: DesiredVm | undefined;
  readonly status: { cloudInit?: CloudInitResult };
  saveStatus(change: { cloudInit: CloudInitResult }): Promise<void>;
}

export class FirstBoot {
  /** `instanceId` is that of the seed that the machine was launched with; undefined when it has none. */
  constructor(
    private readonly host: { clock: Pick<Clock, 'now'>; logger: Pick<Logger, 'info'> },
    private readonly vm: Watched,
    private readonly instanceId: string | undefined,
    private readonly onChange: () => void,
  ) {}

  /** Asks, unless the answer is known. False while it is worth asking again soon. */
  async settled(guest: Pick<GuestAgentClient, 'readFile'>): Promise<boolean> {
    const { instanceId, vm } = this;
    const known = vm.status.cloudInit?.instanceId === instanceId ? vm.status.cloudInit : undefined;
    if (instanceId === undefined || isFinal(known)) return true;
    const told = await readFirstBoot(guest);
    if (!told) return true;
    const seed = vm.desired?.cloudInit?.instanceId === instanceId ? vm.desired.cloudInit : undefined;
    const detail = told.status === 'running' ? told.detail : withoutSecrets(told.detail, seed);
    if (told.status !== known?.status || detail !== known.detail) {
      const sinceMs = told.status === known?.status ? known.sinceMs : this.host.clock.now();
      const cloudInit: CloudInitResult = { instanceId, status: told.status, detail, sinceMs };
      await vm.saveStatus({ cloudInit });
      this.host.logger.info({ vmId: vm.vmId, status: told.status }, 'cloud-init told of the first boot');
      this.onChange();
    }
    return isFinal(told);
  }
}

const isFinal = (told: { status: string } | undefined) => told !== undefined && told.status !== 'running';
