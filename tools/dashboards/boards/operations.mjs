/** What users asked for: how it ends, how long it takes, and what the time goes into. */
export const operations = {
  uid: 'vman-operations',
  title: 'VMAN / Operations',
  about: 'Changes that were asked for: how they end, and what their time goes into.',
  panels: [
    {
      title: 'Operations that ended',
      unit: 'cps',
      width: 12,
      ask: [['sum by (kind) (rate(vman_operations_total[5m]))', '{{kind}}']],
    },
    {
      title: 'How they ended',
      unit: 'cps',
      width: 12,
      ask: [['sum by (status) (rate(vman_operations_total[5m]))', '{{status}}']],
    },
    {
      title: 'Operations that failed',
      unit: 'cps',
      width: 12,
      ask: [['sum by (kind) (rate(vman_operations_total{status="failed"}[5m]))', '{{kind}}']],
    },
    {
      title: 'From the request to the end',
      unit: 's',
      width: 12,
      ask: [
        ['histogram_quantile(0.95, sum by (le, kind) (rate(vman_operation_seconds_bucket[5m])))', '{{kind}}'],
      ],
    },
    {
      title: 'What the time goes into',
      unit: 's',
      width: 12,
      about: 'Seconds a second by stage: queued, running, and the steps on hosts.',
      ask: [['sum by (stage) (rate(vman_operation_stage_seconds_sum[5m]))', '{{stage}}']],
    },
    {
      title: 'Steps on hosts',
      unit: 's',
      width: 12,
      ask: [
        [
          'histogram_quantile(0.95, sum by (le, step) (rate(vman_operator_step_seconds_bucket[5m])))',
          '{{step}}',
        ],
      ],
    },
    {
      title: 'Disk work',
      unit: 'cps',
      width: 12,
      ask: [
        [
          'sum by (step, outcome) (rate(vman_operator_step_seconds_count{step=~".*-disk|fetch-image"}[5m]))',
          '{{step}} {{outcome}}',
        ],
      ],
    },
    {
      title: 'From the spawn of QEMU to its monitor',
      unit: 's',
      width: 12,
      ask: [
        ['histogram_quantile(0.95, sum by (le) (rate(vman_operator_launch_seconds_bucket[5m])))', 'launch'],
      ],
    },
    {
      title: 'Open operations',
      width: 12,
      ask: [['max by (kind, status) (vman_operations_open)', '{{kind}} {{status}}']],
    },
    {
      title: 'Age of the oldest one',
      unit: 's',
      width: 12,
      ask: [['max by (status) (vman_operation_oldest_seconds)', '{{status}}']],
    },
  ],
};
