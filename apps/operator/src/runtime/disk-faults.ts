/**
 * Which disks keep a guest from going on. QEMU stops a guest whose disk refused, and keeps each disk's state until
 * the guest goes on: it is asked for it, since events that came while nobody was connected are lost.
 */
import type { DiskFault } from '#libs/contracts';
import { type BlockDeviceInfo, diskDeviceId } from '#libs/qemu';

/** After so long without a refusal, earlier tries no longer count. */
const HEALTHY_MS = 60_000;

export class DiskFaults {
  list: DiskFault[] = [];
  /** Tries to let the guest go on since it last ran well. */
  retries = 0;
  /** Since when it stands still, by the monotonic clock; undefined while it does not. */
  stoppedAt: number | undefined;
  private lastRetryAt: number | undefined;

  /** The guest stands still: takes over what QEMU says of its disks. */
  stopped(blocks: BlockDeviceInfo[], diskIds: string[], nowMs: number, monotonic: number): void {
    if (this.stoppedAt === undefined) {
      this.stoppedAt = monotonic;
      if (this.lastRetryAt === undefined || monotonic - this.lastRetryAt > HEALTHY_MS) this.retries = 0;
    }
    const { retries } = this;
    this.list = faultsOf(blocks, diskIds).map(({ diskId, kind }) => {
      const before = this.list.find((it) => it.diskId === diskId);
      return { diskId, kind, retries, sinceMs: before?.sinceMs ?? nowMs };
    });
  }

  /** The guest was let go on. */
  retried(monotonic: number): void {
    this.retries += 1;
    this.lastRetryAt = monotonic;
    this.stoppedAt = undefined;
  }

  /** The guest does not stand still for its disks. */
  clear(): void {
    this.list = [];
    this.stoppedAt = undefined;
  }
}

/** The disks that are not well; pure. One that is none of `diskIds` has no id. */
export function faultsOf(blocks: BlockDeviceInfo[], diskIds: string[]): Pick<DiskFault, 'diskId' | 'kind'>[] {
  return blocks.flatMap((block) => {
    const status = block['io-status'];
    if (status === undefined || status === 'ok') return [];
    const words = [block.device, ...(block.qdev ?? '').split('/')];
    const diskId = diskIds.find((id) => words.includes(diskDeviceId(id))) ?? '';
    return [{ diskId, kind: status === 'nospace' ? ('no-space' as const) : ('io-error' as const) }];
  });
}
