import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { prometheusBusHooks } from './hooks.js';

describe('the counters of the bus', () => {
  it('count by kind, and are shared by all who ask for them', async () => {
    const registry = new Registry();
    const hooks = prometheusBusHooks(registry);
    for (const each of Object.values(hooks)) each('hb');
    prometheusBusHooks(registry).malformed('hb');
    const text = await registry.metrics();
    expect(text).toContain('vman_bus_published_total{kind="hb"} 1');
    expect(text).toContain('vman_bus_dropped_total{kind="hb"} 1');
    expect(text).toContain('vman_bus_malformed_total{kind="hb"} 2');
    expect(text).toContain('vman_bus_redelivered_total{kind="hb"} 1');
    expect(text).toContain('vman_bus_handler_failed_total{kind="hb"} 1');
  });
});
