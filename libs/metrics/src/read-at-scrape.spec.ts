import { describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { readAtScrape } from '#libs/metrics';

const text = () => register.metrics();

describe('what is read at the scrape', () => {
  it('is read once for all of its metrics, and anew the next time', async () => {
    let reads = 0;
    readAtScrape(async () => {
      reads += 1;
      return { vms: { running: reads, paused: 1 }, cpu: reads * 10 };
    }, [
      {
        name: 'vman_read_vms',
        help: 'x',
        labelNames: ['state'],
        samples: ({ vms }) => Object.entries(vms).map(([state, value]) => ({ labels: { state }, value })),
      },
      {
        name: 'vman_read_cpu_seconds_total',
        kind: 'counter',
        help: 'x',
        samples: ({ cpu }) => [{ value: cpu }],
      },
    ]);
    const first = await text();
    expect(first).toContain('vman_read_vms{state="running"} 1');
    expect(first).toContain('# TYPE vman_read_cpu_seconds_total counter\nvman_read_cpu_seconds_total 10');
    const second = await text();
    expect(second).toContain('vman_read_vms{state="running"} 2');
    expect(second).toContain('vman_read_cpu_seconds_total 20');
    expect(reads).toBe(2);
  });

  it('has no value when it could not be read, and the rest is served all the same', async () => {
    let fails = false;
    readAtScrape(() => {
      if (fails) throw new Error('away');
      return 7;
    }, [
      { name: 'vman_away_waiting', help: 'x', samples: (value) => [{ value }] },
      {
        name: 'vman_away_hosts',
        help: 'x',
        labelNames: ['state'],
        samples: (value) => [{ labels: { state: 'seen' }, value }],
      },
    ]);
    expect(await text()).toContain('vman_away_hosts{state="seen"} 7');
    fails = true;
    const after = await text();
    expect(after).toContain('vman_away_waiting Nan');
    expect(after).not.toContain('vman_away_hosts{');
    expect(after).toContain('vman_read_vms');
  });
});
