import { choice } from '../dashboard.mjs';

/** Single VMs; there is data where hosts have VMAN_VM_METRICS on. */
export const vm = {
  uid: 'vman-vm',
  title: 'VMAN / VM',
  about: 'Single VMs. Hosts show them when VMAN_VM_METRICS is true there.',
  variables: [choice('vm', 'name', 'vman_vm_vcpus')],
  panels: [
    {
      title: 'CPU',
      unit: 'percentunit',
      about: 'Of one CPU of the host; a VM of two vCPUs can take 200 %.',
      width: 12,
      ask: [['rate(vman_vm_cpu_seconds_total{name=~"$vm"}[1m])', '{{name}}']],
    },
    {
      title: 'CPU of what it was given',
      unit: 'percentunit',
      width: 12,
      ask: [['rate(vman_vm_cpu_seconds_total{name=~"$vm"}[1m]) / vman_vm_vcpus{name=~"$vm"}', '{{name}}']],
    },
    {
      title: 'Memory of the host that it takes',
      unit: 'bytes',
      width: 12,
      ask: [
        ['vman_vm_memory_resident_bytes{name=~"$vm"}', '{{name}}'],
        ['vman_vm_memory_bytes{name=~"$vm"}', '{{name}} given'],
      ],
    },
    {
      title: 'Disks: bytes',
      unit: 'Bps',
      width: 12,
      ask: [['rate(vman_vm_disk_bytes_total{name=~"$vm"}[1m])', '{{name}} {{direction}}']],
    },
    {
      title: 'Disks: requests',
      unit: 'iops',
      width: 12,
      ask: [['rate(vman_vm_disk_operations_total{name=~"$vm"}[1m])', '{{name}} {{direction}}']],
    },
    {
      title: 'Network: bytes',
      unit: 'Bps',
      width: 12,
      quiet: 'only NICs on a bridge are counted, and not every host can make one',
      ask: [['rate(vman_vm_network_bytes_total{name=~"$vm"}[1m])', '{{name}} {{direction}}']],
    },
    {
      title: 'Network: packets',
      unit: 'pps',
      width: 12,
      quiet: 'only NICs on a bridge are counted, and not every host can make one',
      ask: [['rate(vman_vm_network_packets_total{name=~"$vm"}[1m])', '{{name}} {{direction}}']],
    },
  ],
};
