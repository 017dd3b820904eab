import { qemuPids } from './qemu-processes.js';

const EVERY_MS = 25;

/** Looks all the time how many QEMU processes a VM has. */
export class Overlaps {
  /** The most that were seen together. */
  most = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(vmId: string) {
    this.timer = setInterval(() => {
      this.most = Math.max(this.most, qemuPids(vmId).length);
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
