/** One look at everything: what a person opens first. */
export const fleet = {
  uid: 'vman-fleet',
  title: 'VMAN / Fleet',
  about: 'One look at everything.',
  panels: [
    { title: 'VMs that run', look: 'stat', width: 4, ask: [['max(vman_vms{state="running"})', 'running']] },
    {
      title: 'VMs in trouble',
      look: 'stat',
      width: 4,
      about: 'Crashed, in a crash loop, failed, or on a host that is silent.',
      ask: [['sum(max by (state) (vman_vms{state=~"crashed|crash-loop|failed|unknown"}))', 'in trouble']],
    },
    { title: 'Hosts that are up', look: 'stat', width: 4, ask: [['max(vman_hosts{state="up"})', 'up']] },
    {
      title: 'Open drifts',
      look: 'stat',
      width: 4,
      ask: [['sum(max by (rule) (vman_drifts_open))', 'open']],
    },
    {
      title: 'Refused or failed requests',
      look: 'stat',
      unit: 'percentunit',
      width: 4,
      about: 'Share of requests that the server could not answer (5xx).',
      ask: [
        [
          '(sum(rate(vman_http_request_duration_seconds_count{service="intel",status=~"5.."}[5m])) or vector(0)) / sum(rate(vman_http_request_duration_seconds_count{service="intel"}[5m]))',
          'errors',
        ],
      ],
    },
    { title: 'Services that answer', look: 'stat', width: 4, ask: [['sum by (job) (up)', '{{job}}']] },
    { title: 'VMs by state', ask: [['max by (state) (vman_vms) > 0', '{{state}}']] },
    { title: 'Hosts', ask: [['max by (state) (vman_hosts)', '{{state}}']] },
    { title: 'Disks by state', ask: [['max by (state) (vman_disks) > 0', '{{state}}']] },
    {
      title: 'Memory of all hosts',
      unit: 'bytes',
      ask: [['max by (kind) (vman_fleet_memory_bytes)', '{{kind}}']],
    },
    { title: 'CPUs of all hosts', ask: [['max by (kind) (vman_fleet_vcpus)', '{{kind}}']] },
    { title: 'Storage pools', unit: 'bytes', ask: [['max by (kind) (vman_pool_bytes)', '{{kind}}']] },
    {
      title: 'Size of all disks',
      unit: 'bytes',
      about: 'As the guests see them.',
      ask: [['max(vman_disks_bytes)', 'disks']],
    },
    {
      title: 'Ends of QEMU processes',
      unit: 'cps',
      ask: [['sum by (reason) (rate(vman_operator_exits_total[5m]))', '{{reason}}']],
    },
    {
      title: 'Repairs',
      unit: 'cps',
      ask: [['sum by (rule) (rate(vman_repairs_sent_total[5m]))', '{{rule}}']],
    },
  ],
};
