import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';

const EVERY_MS = 1_000;

export interface Told {
  /** How many bytes are expected, once that is known. */
  total?: number;
  /** How many are there. Throws `cancelled` once the operation has ended, so that no more are fetched. */
  bytes: (bytes: number) => void;
}

/** Writes into the operation of an import how far it is, now and then, and ends the import when that has ended. */
@Injectable()
export class ImportProgress {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  of(templateId: string, total?: number): Told {
    let toldAt = Number.NEGATIVE_INFINITY;
    let ended = false;
    const told: Told = {
      total,
      bytes: (bytes) => {
        if (ended) throw new VmanError('cancelled', 'The import was ended meanwhile.');
        if (this.clock.monotonic() - toldAt < EVERY_MS) return;
        toldAt = this.clock.monotonic();
        const percent = told.total ? Math.min(99, Math.floor((bytes * 100) / told.total)) : undefined;
        void this.tell(templateId, percent).then(
          (isOpen) => {
            ended = !isOpen;
          },
          () => undefined,
        );
      },
    };
    return told;
  }

  private async tell(templateId: string, progress: number | undefined): Promise<boolean> {
    return this.database.read(async (tx) => {
      const operation = await tx.operations.openOfTemplate(templateId);
      if (operation) await tx.operations.progress(operation.id, { phase: 'receiving', progress });
      return operation !== undefined;
    });
  }
}
