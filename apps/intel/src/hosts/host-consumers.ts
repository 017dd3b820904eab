import { Inject, Injectable } from '@nestjs/common';
import { StreamAdmin } from '#libs/bus';

/** Sees to it that each host has its durable consumers; asks the bus once a host and connection. */
@Injectable()
export class HostConsumers {
  private known = new Set<string>();

  constructor(@Inject(StreamAdmin) private readonly admin: StreamAdmin) {}

  /** Throws BusUnavailable; the next call tries again. */
  async ensure(hostId: string): Promise<void> {
    const { known } = this;
    if (known.has(hostId)) return;
    await this.admin.ensureHostConsumers(hostId);
    known.add(hostId);
  }

  /** The bus may have lost them; those too that are asked for right now. */
  forget(): void {
    this.known = new Set();
  }
}
