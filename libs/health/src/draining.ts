import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Once begun, `/ready` answers 503, so that no new work is sent here while the rest is finished. */
@Injectable()
export class Draining implements OnModuleDestroy {
  #begun = false;

  /** `lingerMs`: for so long everything goes on meanwhile. */
  constructor(private readonly lingerMs = 0) {}

  begin(): void {
    this.#begun = true;
  }

  get begun(): boolean {
    return this.#begun;
  }

  async onModuleDestroy(): Promise<void> {
    this.begin();
    if (this.lingerMs > 0) await sleep(this.lingerMs);
  }
}
