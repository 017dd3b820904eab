import { Inject, Injectable } from '@nestjs/common';
import { StreamAdmin } from '#libs/bus';

/** Sees to it that each host has its durable consumers; asks the bus once a host and connection. */
@Injectable()
export class HostConsumers {
  private readonly known = new Set<string>();

  constructor(@Inject(StreamAdmin) private readonly admin: StreamAdmin) {}

  /** Throws BusUnavailable; the next call tries again. */
  async ensure(hostId: string): Promise<void> {
    if (this.known.has(hostId)) return;
    await this.admin.ensureHostConsumers(hostId);
    this.known.add(hostId);
  }

  /** The bus may have lost them. */
  forget(): void {
    this.known.clear();
  }
}
