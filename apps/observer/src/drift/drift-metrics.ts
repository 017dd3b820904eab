import { Injectable } from '@nestjs/common';
import { DRIFT_RULES } from '#libs/contracts';
import type { Drift } from '#libs/domain';
import { gauge, histogram } from '#libs/metrics';

const SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** How many drifts are open and for how long, and how quickly they are found and mended. */
@Injectable()
export class DriftMetrics {
  private readonly open = gauge({
    name: 'vman_drifts_open',
    help: 'Drifts that are open now, by rule.',
    labelNames: ['rule'],
  });

  private readonly oldest = gauge({
    name: 'vman_drift_oldest_seconds',
    help: 'Age of the oldest open drift, by rule; 0 when there is none.',
    labelNames: ['rule'],
  });

  private readonly detect = histogram({
    name: 'vman_drift_detect_seconds',
    help: 'From the moment a drift began, by the clock of its host, until it was found.',
    labelNames: ['rule'],
    buckets: SECONDS,
  });

  private readonly repair = histogram({
    name: 'vman_drift_repair_seconds',
    help: 'From the moment a drift was found until it was over by a repair.',
    labelNames: ['rule'],
    buckets: SECONDS,
  });

  constructor() {
    // A series that begins with its first event hides that event: a rate needs a sample before it.
    for (const rule of DRIFT_RULES) {
      this.detect.zero({ rule });
      this.repair.zero({ rule });
    }
  }

  found(drift: Drift, nowMs: number): void {
    this.detect.observe({ rule: drift.rule }, Math.max(0, nowMs - drift.since) / 1000);
  }

  repaired(drift: Drift, detectedAtMs: number, nowMs: number): void {
    this.repair.observe({ rule: drift.rule }, Math.max(0, nowMs - detectedAtMs) / 1000);
  }

  show(open: Iterable<{ drift: Drift; detectedAtMs: number }>, nowMs: number): void {
    const counts = new Map<string, { count: number; oldestMs: number }>();
    for (const { drift, detectedAtMs } of open) {
      const held = counts.get(drift.rule) ?? { count: 0, oldestMs: nowMs };
      counts.set(drift.rule, { count: held.count + 1, oldestMs: Math.min(held.oldestMs, detectedAtMs) });
    }
    for (const rule of DRIFT_RULES) {
      const { count, oldestMs } = counts.get(rule) ?? { count: 0, oldestMs: nowMs };
      this.open.set({ rule }, count);
      this.oldest.set({ rule }, Math.max(0, nowMs - oldestMs) / 1000);
    }
  }
}
