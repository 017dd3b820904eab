/** How far reality is from what was asked for, and who mends it. */
export const coherence = {
  uid: 'vman-coherence',
  title: 'VMAN / Coherence',
  about: 'Drifts: how many, how old, how quickly found and mended; the leader and its brake.',
  panels: [
    { title: 'Open drifts', width: 12, ask: [['max by (rule) (vman_drifts_open)', '{{rule}}']] },
    {
      title: 'Age of the oldest',
      unit: 's',
      width: 12,
      ask: [['max by (rule) (vman_drift_oldest_seconds)', '{{rule}}']],
    },
    {
      title: 'Time until a drift is found',
      unit: 's',
      width: 12,
      ask: [
        [
          'histogram_quantile(0.95, sum by (le, rule) (rate(vman_drift_detect_seconds_bucket[5m])))',
          '{{rule}}',
        ],
      ],
    },
    {
      title: 'Time until it is mended',
      unit: 's',
      width: 12,
      ask: [
        [
          'histogram_quantile(0.95, sum by (le, rule) (rate(vman_drift_repair_seconds_bucket[5m])))',
          '{{rule}}',
        ],
      ],
    },
    {
      title: 'Repairs that were sent',
      unit: 'cps',
      ask: [['sum by (rule) (rate(vman_repairs_sent_total[5m]))', '{{rule}}']],
    },
    { title: 'Leaders', about: 'Exactly one is right.', ask: [['sum(vman_observer_leader)', 'leaders']] },
    { title: 'Epoch', about: 'Rises when the lead changes.', ask: [['max(vman_observer_epoch)', 'epoch']] },
    { title: 'The brake', about: '1: repairs have stopped.', ask: [['max(vman_observer_brake)', 'brake']] },
    { title: 'Pauses in force', ask: [['max(vman_observer_pauses)', 'pauses']] },
    { title: 'Hosts', ask: [['max by (state) (vman_observer_hosts)', '{{state}}']] },
    {
      title: 'Longest silence of a host',
      unit: 's',
      ask: [['max(vman_observer_silence_seconds)', 'silence']],
    },
    { title: 'VMs in its view', ask: [['max by (kind) (vman_observer_vms)', '{{kind}}']] },
    {
      title: 'Heartbeats heard',
      unit: 'cps',
      ask: [['sum by (instance) (rate(vman_observer_heartbeats_total[5m]))', '{{instance}}']],
    },
    {
      title: 'Time to look at everything',
      unit: 's',
      ask: [
        ['histogram_quantile(0.95, sum by (le) (rate(vman_observer_sweep_seconds_bucket[5m])))', 'sweep'],
      ],
    },
    {
      title: 'Event loop: how late it is',
      unit: 's',
      ask: [['nodejs_eventloop_lag_p99_seconds{service="observer"}', '{{instance}}']],
    },
  ],
};
