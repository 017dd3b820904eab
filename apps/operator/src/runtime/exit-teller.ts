/**
 * Tells the death certificates, each until the bus has taken it. They wait in files, so a bus that is away for long,
 * or the end of the operator, loses none; one that could not be written (the storage is full) waits in memory. Told
 * twice does no harm: VM, host and sequence name one exit.
 */
import type { BusPort } from '#libs/bus';
import { type ExitEvent, exitEventCodec, subjects } from '#libs/contracts';
import type { Logger } from '#libs/logging';
import { listFolder, type StoragePaths } from '../storage/paths.js';
import { keepUnsent, keptExits, markSent, readUnsent } from './certificate.js';

interface Waiting {
  vmId: string;
  exitSeq: number;
  /** There is no file of it. */
  event?: ExitEvent;
}

export interface ExitTellerOptions {
  hostId: string;
  bus: BusPort;
  paths: StoragePaths;
  logger: Logger;
}

export class ExitTeller {
  private readonly waiting = new Map<string, Waiting>();
  private telling: Promise<void> | undefined;

  constructor(private readonly options: ExitTellerOptions) {}

  /** Finds those that an earlier operator could not tell. */
  async load(): Promise<void> {
    const { paths } = this.options;
    for (const vmId of await listFolder(paths.vms)) {
      for (const { exitSeq, sent } of await keptExits(paths.vm(vmId).exits)) {
        if (!sent) this.add({ vmId, exitSeq });
      }
    }
  }

  /** Keeps a certificate and tells it. */
  async issue(event: ExitEvent): Promise<void> {
    const { paths, logger } = this.options;
    const { vmId, exit } = event;
    try {
      await keepUnsent(paths.vm(vmId).exits, event);
      this.add({ vmId, exitSeq: exit.exitSeq });
    } catch (error) {
      logger.warn({ err: error, vmId, exitSeq: exit.exitSeq }, 'a death certificate could not be kept');
      this.add({ vmId, exitSeq: exit.exitSeq, event });
    }
    void this.tellAll();
  }

  /** Tells what waits; ends at the first that the bus does not take. */
  tellAll(): Promise<void> {
    if (this.waiting.size === 0) return Promise.resolve();
    this.telling ??= this.tellWaiting().finally(() => {
      this.telling = undefined;
    });
    return this.telling;
  }

  private add(waiting: Waiting): void {
    this.waiting.set(`${waiting.vmId}/${waiting.exitSeq}`, waiting);
  }

  private async tellWaiting(): Promise<void> {
    const { hostId, bus, paths, logger } = this.options;
    for (const [key, { vmId, exitSeq, event }] of this.waiting) {
      const folder = paths.vm(vmId).exits;
      try {
        const certificate = event ?? (await readUnsent(folder, exitSeq));
        if (certificate) {
          await bus.publishDurable(subjects.event(hostId, 'exit'), exitEventCodec, certificate);
          await markSent(folder, exitSeq);
        }
        this.waiting.delete(key);
      } catch (error) {
        logger.debug({ err: error, vmId, exitSeq }, 'a death certificate is told later');
        return;
      }
    }
  }
}
