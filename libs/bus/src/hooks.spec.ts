import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { prometheusBusHooks } from './hooks.js';

describe('the counters of the bus', () => {
  it('count by kind, and are shared by all who ask for them', async () => {
    const registry = new Registry();
    const hooks = prometheusBusHooks(registry);
    for (const each of ['published', 'dropped', 'malformed', 'redelivered', 'handlerFailed'] as const)
      hooks[each]('hb');
    prometheusBusHooks(registry).malformed('hb');
    const text = await registry.metrics();
    expect(text).toContain('vman_bus_published_total{kind="hb"} 1');
    expect(text).toContain('vman_bus_dropped_total{kind="hb"} 1');
    expect(text).toContain('vman_bus_malformed_total{kind="hb"} 2');
    expect(text).toContain('vman_bus_redelivered_total{kind="hb"} 1');
    expect(text).toContain('vman_bus_handler_failed_total{kind="hb"} 1');
  });

  it('time what waited, what was handled and what was asked, and know whether there is a connection', async () => {
    const registry = new Registry();
    const hooks = prometheusBusHooks(registry);
    hooks.connection('up');
    hooks.handled('evt', -1, 0.2);
    prometheusBusHooks(registry).handled('evt', 4, 0.2);
    hooks.requested('rpc', 'error', 2);
    hooks.connection('down');
    const text = await registry.metrics();
    expect(text).toContain('vman_bus_wait_seconds_bucket{le="0.001",kind="evt"} 1');
    expect(text).toContain('vman_bus_wait_seconds_count{kind="evt"} 2');
    expect(text).toContain('vman_bus_handle_seconds_sum{kind="evt"} 0.4');
    expect(text).toContain('vman_bus_request_seconds_count{kind="rpc",outcome="error"} 1');
    expect(text).toContain('vman_bus_connected 0');
    expect(text).toContain('vman_bus_connections_total 1');
  });
});
