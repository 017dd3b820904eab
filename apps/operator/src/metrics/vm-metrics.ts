/**
 * Figures of each VM, by its id and name. They are off unless VMAN_VM_METRICS says otherwise: each VM is ten more
 * series, and whoever reads the metrics learns the names.
 */
import { totalMemoryMib } from '#libs/domain';
import { type Figure, readAtScrape, type Sample } from '#libs/metrics';
import type { Operator } from '../operator.js';
import type { Vm } from '../reconcile/vm.js';
import { readVmUsage, type Traffic, type VmUsage } from './read-vm-usage.js';

interface UsedVm {
  labels: { vm: string; name: string };
  vcpus: number;
  memoryBytes: number;
  usage: VmUsage;
}
type Reading = readonly UsedVm[];

const MIB = 1024 * 1024;
const OF_VM = ['vm', 'name'];
const WITH_DIRECTION = [...OF_VM, 'direction'];

const each = (value: (vm: UsedVm) => number) => (vms: Reading) =>
  vms.map((vm): Sample => ({ labels: vm.labels, value: value(vm) }));

const both =
  (of: (usage: VmUsage) => Record<string, Traffic> | undefined, part: keyof Traffic) => (vms: Reading) =>
    vms.flatMap(({ labels, usage }) =>
      Object.entries(of(usage) ?? {}).map(
        ([direction, traffic]): Sample => ({ labels: { ...labels, direction }, value: traffic[part] }),
      ),
    );

const FIGURES: readonly Figure<Reading>[] = [
  {
    name: 'vman_vm_cpu_seconds_total',
    kind: 'counter',
    help: 'CPU time of the QEMU of a VM since its start.',
    labelNames: OF_VM,
    samples: each((vm) => vm.usage.cpuSeconds),
  },
  { name: 'vman_vm_vcpus', help: 'vCPUs of a VM.', labelNames: OF_VM, samples: each((vm) => vm.vcpus) },
  {
    name: 'vman_vm_memory_bytes',
    help: 'Memory that a VM was given.',
    labelNames: OF_VM,
    samples: each((vm) => vm.memoryBytes),
  },
  {
    name: 'vman_vm_memory_resident_bytes',
    help: 'Memory of the host that its QEMU takes.',
    labelNames: OF_VM,
    samples: each((vm) => vm.usage.residentBytes),
  },
  {
    name: 'vman_vm_disk_bytes_total',
    kind: 'counter',
    help: 'Bytes read from and written to the disks of a VM since its start.',
    labelNames: WITH_DIRECTION,
    samples: both((usage) => ({ ...usage.disk }), 'bytes'),
  },
  {
    name: 'vman_vm_disk_operations_total',
    kind: 'counter',
    help: 'Reads and writes of the disks of a VM since its start.',
    labelNames: WITH_DIRECTION,
    samples: both((usage) => ({ ...usage.disk }), 'count'),
  },
  {
    name: 'vman_vm_network_bytes_total',
    kind: 'counter',
    help: 'Bytes that a VM received and sent over NICs that hang on a bridge.',
    labelNames: WITH_DIRECTION,
    samples: both((usage) => usage.network && { ...usage.network }, 'bytes'),
  },
  {
    name: 'vman_vm_network_packets_total',
    kind: 'counter',
    help: 'Packets of the same.',
    labelNames: WITH_DIRECTION,
    samples: both((usage) => usage.network && { ...usage.network }, 'count'),
  },
];

export function showVms(operator: Operator): void {
  readAtScrape(async () => {
    const vms = operator.registry.all().map((loop) => usedVm(loop.vm));
    return (await Promise.all(vms)).flatMap((it) => it ?? []);
  }, FIGURES);
}

async function usedVm({ vmId, desired, process }: Vm): Promise<UsedVm | undefined> {
  if (!process || !desired) return undefined;
  const usage = await readVmUsage(process);
  const { plugged, record } = process;
  const memoryBytes = totalMemoryMib({ ...plugged, shape: record.shape }) * MIB;
  return usage && { labels: { vm: vmId, name: desired.name }, vcpus: plugged.vcpus, memoryBytes, usage };
}
