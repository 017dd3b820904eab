/** What lies between the services. */
export const busAndDatabase = {
  uid: 'vman-bus-and-database',
  title: 'VMAN / Bus and database',
  about: 'The outbox, the bus, and the pool of connections to the database.',
  panels: [
    { title: 'Changes that the bus was not told of', ask: [['max(vman_outbox_waiting)', 'waiting']] },
    { title: 'Age of the oldest', unit: 's', ask: [['max(vman_outbox_oldest_seconds)', 'oldest']] },
    {
      title: 'Told to the bus',
      unit: 'cps',
      ask: [['sum by (kind) (rate(vman_outbox_published_total[5m]))', '{{kind}}']],
    },
    {
      title: 'Who relays',
      about: 'Exactly one replica of intel does.',
      ask: [['vman_relay_leader', '{{instance}}']],
    },
    { title: 'Connected to the bus', ask: [['vman_bus_connected', '{{service}} {{instance}}']] },
    {
      title: 'Connections to the bus',
      unit: 'cps',
      about: 'Anything above 0 is a bus that comes and goes.',
      ask: [['rate(vman_bus_connections_total[5m])', '{{service}} {{instance}}']],
    },
    {
      title: 'Messages',
      unit: 'cps',
      ask: [['sum by (service, kind) (rate(vman_bus_published_total[5m]))', '{{service}} {{kind}}']],
    },
    {
      title: 'How long messages wait',
      unit: 's',
      ask: [
        [
          'histogram_quantile(0.95, sum by (le, service, kind) (rate(vman_bus_wait_seconds_bucket[5m])))',
          '{{service}} {{kind}}',
        ],
      ],
    },
    {
      title: 'How long they are worked on',
      unit: 's',
      ask: [
        [
          'histogram_quantile(0.95, sum by (le, service, kind) (rate(vman_bus_handle_seconds_bucket[5m])))',
          '{{service}} {{kind}}',
        ],
      ],
    },
    {
      title: 'Requests over the bus',
      unit: 's',
      ask: [
        [
          'histogram_quantile(0.95, sum by (le, service, outcome) (rate(vman_bus_request_seconds_bucket[5m])))',
          '{{service}} {{outcome}}',
        ],
      ],
    },
    {
      title: 'Messages that came to grief',
      unit: 'cps',
      width: 16,
      ask: [
        ['sum by (service, kind) (rate(vman_bus_malformed_total[5m]))', 'malformed {{service}} {{kind}}'],
        ['sum by (service, kind) (rate(vman_bus_handler_failed_total[5m]))', 'failed {{service}} {{kind}}'],
        ['sum by (service, kind) (rate(vman_bus_redelivered_total[5m]))', 'again {{service}} {{kind}}'],
        ['sum by (service, kind) (rate(vman_bus_dropped_total[5m]))', 'dropped {{service}} {{kind}}'],
      ],
    },
    {
      title: 'Connections to the database',
      ask: [['sum by (state) (vman_database_connections)', '{{state}}']],
    },
    { title: 'Who waits for a connection', ask: [['sum(vman_database_waiting)', 'waiting']] },
    {
      title: 'Share of the pool that is busy',
      unit: 'percentunit',
      ask: [
        [
          'sum by (instance) (vman_database_connections{state="busy"}) / on (instance) vman_database_connections_max',
          '{{instance}}',
        ],
      ],
    },
  ],
};
