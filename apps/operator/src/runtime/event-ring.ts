import type { QmpEventRecord } from '#libs/contracts';
import type { QmpEvent } from '#libs/qemu';

const EVENTS_KEPT = 64;
const DATA_CHARS = 512;

/** The last events of one QEMU, for its death certificate. */
export class EventRing {
  private readonly events: QmpEventRecord[] = [];

  push({ name, data, atMs }: QmpEvent): void {
    const text = data === undefined ? '' : JSON.stringify(data);
    this.events.push({ name, atMs, data: text.slice(0, DATA_CHARS) });
    if (this.events.length > EVENTS_KEPT) this.events.shift();
  }

  /** Oldest first. */
  all(): QmpEventRecord[] {
    return [...this.events];
  }
}
