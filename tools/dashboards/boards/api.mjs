const ROUTES = 'vman_http_request_duration_seconds';
const OF = '{service="intel",route!~"/(metrics|health|ready|live)"}';

/** The REST API: who asks for what, how quickly it is answered, and what is refused. */
export const api = {
  uid: 'vman-api',
  title: 'VMAN / API',
  about: 'The REST API: rate, errors and duration by route.',
  panels: [
    {
      title: 'Requests',
      unit: 'reqps',
      width: 12,
      ask: [[`sum by (route, method) (rate(${ROUTES}_count${OF}[5m]))`, '{{method}} {{route}}']],
    },
    {
      title: 'Answers by status',
      unit: 'reqps',
      width: 12,
      ask: [[`sum by (status) (rate(${ROUTES}_count${OF}[5m]))`, '{{status}}']],
    },
    {
      title: 'Median time',
      unit: 's',
      width: 12,
      ask: [[`histogram_quantile(0.5, sum by (le, route) (rate(${ROUTES}_bucket${OF}[5m])))`, '{{route}}']],
    },
    {
      title: 'Time of the slowest in a hundred',
      unit: 's',
      width: 12,
      ask: [[`histogram_quantile(0.99, sum by (le, route) (rate(${ROUTES}_bucket${OF}[5m])))`, '{{route}}']],
    },
    {
      title: 'Refused requests',
      unit: 'reqps',
      width: 12,
      about: '4xx: what callers got wrong, or may not do.',
      ask: [
        [
          `sum by (route, status) (rate(${ROUTES}_count{service="intel",status=~"4.."}[5m]))`,
          '{{status}} {{route}}',
        ],
      ],
    },
    {
      title: 'Requests that failed here',
      unit: 'reqps',
      width: 12,
      about: '5xx: what the server could not do.',
      ask: [
        [
          `sum by (route, status) (rate(${ROUTES}_count{service="intel",status=~"5.."}[5m]))`,
          '{{status}} {{route}}',
        ],
      ],
    },
    {
      title: 'Event loop: how late it is',
      unit: 's',
      ask: [['nodejs_eventloop_lag_p99_seconds{service="intel"}', '{{instance}}']],
    },
    {
      title: 'Connections to the database',
      ask: [['sum by (instance, state) (vman_database_connections)', '{{instance}} {{state}}']],
    },
    {
      title: 'Who waits for a connection',
      ask: [
        ['vman_database_waiting', '{{instance}}'],
        ['vman_database_connections_max', '{{instance}} pool'],
      ],
    },
    {
      title: 'Memory',
      unit: 'bytes',
      ask: [['process_resident_memory_bytes{service="intel"}', '{{instance}}']],
    },
    {
      title: 'CPU',
      unit: 'percentunit',
      ask: [['rate(process_cpu_seconds_total{service="intel"}[5m])', '{{instance}}']],
    },
    {
      title: 'Time to take in a heartbeat',
      unit: 's',
      ask: [
        [
          'histogram_quantile(0.99, sum by (le) (rate(vman_heartbeat_apply_seconds_bucket[5m])))',
          'slowest in a hundred',
        ],
      ],
    },
  ],
};
