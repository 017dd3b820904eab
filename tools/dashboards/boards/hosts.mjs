import { choice } from '../dashboard.mjs';

const HOST = ' * on (instance) group_left (host) vman_operator_info{host=~"$host"}';

/** Each hypervisor host. */
export const hosts = {
  uid: 'vman-hosts',
  title: 'VMAN / Hosts',
  about: 'The hypervisor hosts and their operators.',
  variables: [choice('host', 'host', 'vman_operator_info')],
  panels: [
    {
      title: 'Hosts',
      look: 'table',
      width: 24,
      ask: [['vman_operator_info{host=~"$host"}', '']],
    },
    { title: 'VMs by state', width: 12, ask: [[`(vman_operator_vms > 0)${HOST}`, '{{host}} {{state}}']] },
    {
      title: 'Storage that is free',
      unit: 'percentunit',
      width: 12,
      ask: [
        [
          `(vman_operator_storage_bytes{kind="free"} / ignoring (kind) vman_operator_storage_bytes{kind="total"})${HOST}`,
          '{{host}}',
        ],
      ],
    },
    { title: 'Memory', unit: 'bytes', ask: [[`vman_operator_memory_bytes${HOST}`, '{{host}}']] },
    { title: 'Image cache', unit: 'bytes', ask: [[`vman_operator_image_cache_bytes${HOST}`, '{{host}}']] },
    { title: 'Images in it', ask: [[`vman_operator_image_cache_images${HOST}`, '{{host}}']] },
    {
      title: 'Heartbeats',
      unit: 'cps',
      ask: [[`rate(vman_operator_heartbeats_total[5m])${HOST}`, '{{host}}']],
    },
    { title: 'VMs that wait for their turn', ask: [[`vman_operator_waiting${HOST}`, '{{host}}']] },
    {
      title: 'Hears an observer',
      about: '0: the host decides on restarts itself.',
      ask: [[`vman_operator_observer_heard${HOST}`, '{{host}}']],
    },
    { title: 'QEMU processes that nobody knows', ask: [[`vman_operator_orphans${HOST}`, '{{host}}']] },
    { title: 'All VMs were looked at', ask: [[`vman_operator_adopted${HOST}`, '{{host}}']] },
    {
      title: 'Ends of QEMU',
      unit: 'cps',
      ask: [['sum by (instance, reason) (rate(vman_operator_exits_total[5m]))', '{{instance}} {{reason}}']],
    },
    {
      title: 'Time of QMP commands',
      unit: 's',
      width: 12,
      ask: [
        [
          'histogram_quantile(0.99, sum by (le, command) (rate(vman_qmp_command_seconds_bucket[5m])))',
          '{{command}}',
        ],
      ],
    },
    {
      title: 'QMP commands',
      unit: 'cps',
      width: 12,
      ask: [
        ['sum by (command, outcome) (rate(vman_qmp_command_seconds_count[5m]))', '{{command}} {{outcome}}'],
      ],
    },
    {
      title: 'Event loop: how late it is',
      unit: 's',
      width: 12,
      ask: [['nodejs_eventloop_lag_p99_seconds{service="operator"}', '{{instance}}']],
    },
    {
      title: 'Memory of the operator',
      unit: 'bytes',
      width: 12,
      ask: [['process_resident_memory_bytes{service="operator"}', '{{instance}}']],
    },
  ],
};
