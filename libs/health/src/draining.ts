import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Once begun, `/ready` answers 503, so that no new work is sent here while the rest is finished. */
@Injectable()
export class Draining implements OnModuleDestroy {
  #begun = false;

  begin(): void {
    this.#begun = true;
  }

  get begun(): boolean {
    return this.#begun;
  }

  onModuleDestroy(): void {
    this.begin();
  }
}
