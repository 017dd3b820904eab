import { Injectable } from '@nestjs/common';
import type { Drift } from '#libs/domain';
import { counter, gauge } from '#libs/metrics';

/** How many repairs were sent, and what keeps more from being sent. */
@Injectable()
export class RepairMetrics {
  private readonly count = counter({
    name: 'vman_repairs_sent_total',
    help: 'Repairs sent to hosts, by rule.',
    labelNames: ['rule'],
  });

  private readonly brake = gauge({
    name: 'vman_observer_brake',
    help: '1 while repairs have stopped because too much of the fleet differs at once.',
  });

  private readonly pauses = gauge({
    name: 'vman_observer_pauses',
    help: 'Pauses of repairs that are in force.',
  });

  sent({ rule }: Pick<Drift, 'rule'>): void {
    this.count.inc({ rule });
  }

  show(state: { braking: boolean; pauses: number }): void {
    this.brake.set(state.braking ? 1 : 0);
    this.pauses.set(state.pauses);
  }
}
