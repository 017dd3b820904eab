import { Injectable } from '@nestjs/common';
import type { Drift } from '#libs/domain';
import { counter, histogram } from '#libs/metrics';

/** How many repairs were sent, and how long each drift had gone unanswered. */
@Injectable()
export class RepairMetrics {
  private readonly count = counter({
    name: 'vman_repairs_sent_total',
    help: 'Repairs sent to hosts, by rule.',
    labelNames: ['rule'],
  });

  private readonly detect = histogram({
    name: 'vman_drift_detect_seconds',
    help: 'From the moment a drift began, by the clock of its host, until its repair was sent.',
    labelNames: ['rule'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  });

  sent(drift: Drift, nowMs: number): void {
    this.count.inc({ rule: drift.rule });
    this.detect.observe({ rule: drift.rule }, Math.max(0, nowMs - drift.since) / 1000);
  }
}
