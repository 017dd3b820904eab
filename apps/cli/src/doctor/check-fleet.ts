import type { Host, Vm } from '#libs/client';
import { bytes } from '../output/figures.js';
import { VERSION } from '../version.js';
import { type Finding, fault, ok, warning } from './finding.js';

/** Below this share of free space a host is soon full. */
const LOW_SHARE = 0.1;

/** What is wrong with the hosts, from what the API says of them. Pure. */
export function hostFindings(hosts: readonly Host[]): Finding[] {
  if (hosts.length === 0) {
    return [fault('hosts', 'there is none', 'Start an operator; it needs the same VMAN_NATS_URL as intel.')];
  }
  return hosts.flatMap((host) => {
    const found = oneHost(host);
    return found.length > 0
      ? found
      : [ok(`host ${host.name}`, `${host.state}, ${host.accelerator}, ${host.vmCount} VMs`)];
  });
}

function oneHost(host: Host): Finding[] {
  const about = `host ${host.name}`;
  const found: Finding[] = [];
  if (host.state === 'unknown' || host.state === 'lost') {
    const since = host.seenAt ? `was last heard of at ${host.seenAt}` : 'was never heard of';
    found.push(
      fault(about, since, 'Check the operator on that host and its way to the bus. Its VMs run on.'),
    );
  }
  if (host.refused) {
    const hint = `Look whether that is right, then: vman host accept ${host.name}`;
    found.push(fault(about, `something else calls itself by its id: ${host.refused.reason}`, hint));
  }
  if (host.dryRun) {
    found.push(warning(about, 'only plans and touches nothing', 'Unset VMAN_OPERATOR_DRY_RUN there.'));
  }
  if (host.qemuVersion === '') {
    found.push(
      fault(about, 'has no QEMU that works', 'Install qemu-system-x86 there, or set VMAN_QEMU_BINARY.'),
    );
  }
  if (host.accelerator === 'tcg') {
    const why = host.acceleratorReason || 'KVM is not in use';
    found.push(
      warning(about, `emulates its guests, which is slow: ${why}`, 'Give that host a working /dev/kvm.'),
    );
  }
  if (host.storageBytes > 0 && host.storageFreeBytes / host.storageBytes < LOW_SHARE) {
    const message = `has only ${bytes(host.storageFreeBytes)} of storage left`;
    found.push(warning(about, message, 'Free space there, or add storage.'));
  }
  if (host.agentVersion !== VERSION) {
    found.push(warning(about, `runs the operator ${host.agentVersion}`, `Upgrade it to ${VERSION}.`));
  }
  return found;
}

/** VMs that need somebody to look at them. Pure. */
export function vmFindings(vms: readonly Vm[]): Finding[] {
  const ill = vms.filter(({ status }) => ['failed', 'crash-loop', 'unknown'].includes(status.state));
  if (ill.length === 0) return [ok('vms', `${vms.length}, none failed or unknown`)];
  return ill.map(({ name, status }) => {
    const message = `is ${status.state}: ${status.failure?.message ?? status.reason}`;
    return warning(`vm ${name}`, message, status.failure?.hint ?? `Look at it: vman vm get ${name}`);
  });
}
