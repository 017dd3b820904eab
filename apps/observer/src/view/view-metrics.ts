import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { TIMERS } from '#libs/domain';
import { counter, readAtScrape } from '#libs/metrics';
import { FleetView } from './fleet-view.js';

/** What the observer hears of. */
@Injectable()
export class ViewMetrics {
  private readonly heartbeats = counter({
    name: 'vman_observer_heartbeats_total',
    help: 'Heartbeats of hosts that were heard.',
  });

  constructor(view: FleetView, @Inject(CLOCK) clock: Clock) {
    readAtScrape(() => {
      const silences = [...view.allHosts()].map((it) => clock.monotonic() - it.heardAtMonotonicMs);
      const silent = silences.filter((it) => it > TIMERS.hostUnknown).length;
      return { ...view.size, silent, longestMs: Math.max(0, ...silences) };
    }, [
      {
        name: 'vman_observer_hosts',
        help: 'Hosts that are heard, and those that have fallen silent.',
        labelNames: ['state'],
        samples: ({ hosts, silent }) => [
          { labels: { state: 'heard' }, value: hosts - silent },
          { labels: { state: 'silent' }, value: silent },
        ],
      },
      {
        name: 'vman_observer_silence_seconds',
        help: 'Since the last heartbeat of the host that was heard longest ago.',
        samples: ({ longestMs }) => [{ value: longestMs / 1000 }],
      },
      {
        name: 'vman_observer_vms',
        help: 'VMs of which it knows what they should be, and of which it has seen what they are.',
        labelNames: ['kind'],
        samples: ({ desired, observed }) => [
          { labels: { kind: 'desired' }, value: desired },
          { labels: { kind: 'observed' }, value: observed },
        ],
      },
    ]);
  }

  heard(): void {
    this.heartbeats.inc();
  }
}
