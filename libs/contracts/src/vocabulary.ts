/**
 * The closed vocabularies: the same word in the API, on the wire, in the database and in metrics.
 */
export const VM_STATES = [
  'pending',
  'provisioning',
  'stopped',
  'starting',
  'running',
  'paused',
  'stopping',
  'crashed',
  'crash-loop',
  'migrating',
  'failed',
  'unknown',
  'deleting',
] as const;
/** What a VM was last seen doing. */
export type VmState = (typeof VM_STATES)[number];

/** A host reports a VM state, or that nothing of the VM is left on it. */
export const REPORTED_STATES = [...VM_STATES, 'absent'] as const;
export type ReportedState = (typeof REPORTED_STATES)[number];

export const POWER_STATES = ['running', 'stopped', 'paused'] as const;
/** What a VM should be doing (`desiredState`). */
export type PowerState = (typeof POWER_STATES)[number];

export const PRESENCES = ['present', 'released', 'deleted'] as const;
/** Whether a VM should be on a host: `released` leaves the disks, `deleted` removes them. */
export type Presence = (typeof PRESENCES)[number];

export const RESTART_POLICIES = ['always', 'on-failure', 'never'] as const;
export type RestartPolicyName = (typeof RESTART_POLICIES)[number];

export const EXIT_REASONS = [
  'guest-shutdown',
  'guest-reset',
  'requested',
  'crash',
  'killed',
  'out-of-memory',
  'host-reboot',
  'guest-panic',
  'fenced',
] as const;
/** How a QEMU process ended. `requested` is VMAN's own doing; so is `fenced`: its lease was not renewed in time. */
export type ExitReason = (typeof EXIT_REASONS)[number];

/** Why a QEMU process belongs to no VM of its host: nothing of the VM is there, or another process is it. */
export const ORPHAN_REASONS = ['no-vm', 'copy'] as const;
export type OrphanReason = (typeof ORPHAN_REASONS)[number];

/** The serial console, or the screen over VNC. */
export const CONSOLE_KINDS = ['serial', 'screen'] as const;
export type ConsoleKind = (typeof CONSOLE_KINDS)[number];

/** Why a session of a console ended. */
export const STREAM_END_REASONS = [
  'closed',
  'vm-stopped',
  'too-slow',
  'lost',
  'leaving',
  'revoked',
  'failed',
] as const;
export type StreamEndReason = (typeof STREAM_END_REASONS)[number];

export const LAUNCHERS = ['direct', 'systemd'] as const;
export type LauncherKind = (typeof LAUNCHERS)[number];

/** Who enforces a VM's CPU weight and memory limit. */
export const LIMITS = ['systemd', 'cgroup-v1', 'cgroup-v2', 'none'] as const;
export type LimitsKind = (typeof LIMITS)[number];

export const MACHINE_TYPES = ['q35', 'pc', 'microvm'] as const;
export type MachineType = (typeof MACHINE_TYPES)[number];

export const FIRMWARES = ['bios', 'uefi'] as const;
export type Firmware = (typeof FIRMWARES)[number];

export const WATCHDOGS = ['none', 'reset', 'poweroff'] as const;
/** What a watchdog device does to a guest that no longer feeds it; `none` is no such device. */
export type Watchdog = (typeof WATCHDOGS)[number];

/** Highest `bootPriority`; the lowest, and the default, is 0. */
export const BOOT_PRIORITY_MAX = 1000;

export const DISK_PRESENCES = ['attached', 'detached', 'removed'] as const;
/** Where a disk is to be: in the machine, kept outside of it, or nowhere any more. */
export type DiskPresence = (typeof DISK_PRESENCES)[number];

export const DISK_CACHES = ['none', 'writeback', 'writethrough', 'unsafe'] as const;
/** How the host caches what a guest writes; the words of QEMU. */
export type DiskCache = (typeof DISK_CACHES)[number];

export const DISK_DISCARDS = ['unmap', 'ignore'] as const;
/** Whether what a guest discards gives room back to the host. */
export type DiskDiscard = (typeof DISK_DISCARDS)[number];

export const POOL_KINDS = ['dir', 'shared-dir'] as const;
/** A folder of one host, or one that several hosts mount. */
export type PoolKind = (typeof POOL_KINDS)[number];

export const IMAGE_FORMATS = ['qcow2', 'raw'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

export const NIC_KINDS = ['user', 'bridge', 'managed'] as const;
/** Of a NIC and of the network it is in: QEMU's own NAT, a bridge that exists, or one that VMAN makes. */
export type NicKind = (typeof NIC_KINDS)[number];

export const ADDRESS_SOURCES = ['static', 'dhcp', 'user', 'guest-agent'] as const;
/** Who gives a guest its address, or who saw it there. */
export type AddressSource = (typeof ADDRESS_SOURCES)[number];

export const ADDRESS_STATES = ['held', 'reserved', 'resting'] as const;
/** Of an address of a network: a VM has it, somebody keeps it, or its last holder is gone only since a moment. */
export type AddressState = (typeof ADDRESS_STATES)[number];
export const LISTED_ADDRESS_STATES = [...ADDRESS_STATES, 'seen'] as const;
/** `seen`: nobody gave it out; a guest has it all the same. */
export type ListedAddressState = (typeof LISTED_ADDRESS_STATES)[number];

export const CLOUD_INIT_STATUSES = ['running', 'done', 'error', 'disabled'] as const;
/** How the first boot of a guest with its seed went. */
export type CloudInitStatus = (typeof CLOUD_INIT_STATUSES)[number];

export const FORWARD_PROTOCOLS = ['tcp', 'udp'] as const;
export type ForwardProtocol = (typeof FORWARD_PROTOCOLS)[number];

export const ORIGINS = ['user', 'observer', 'system'] as const;
/** Who started a change. */
export type Origin = (typeof ORIGINS)[number];

export const DRIFT_RULES = [
  'crashed',
  'should-not-run',
  'wrong-power-state',
  'generation-lag',
  'stuck-operation',
  'duplicate-vm',
  'missing-disk',
  'image-missing',
  'address-mismatch',
  'port-forward-mismatch',
  'restart-required-too-long',
  'orphan-process',
  'orphan-disk',
  'host-lost',
  'host-returned',
  'clock-skew',
  'agent-too-old',
] as const;
/** The rules of the observer, by name. */
export type DriftRule = (typeof DRIFT_RULES)[number];

export const DRIFT_STATES = ['open', 'repairing', 'gave-up', 'repaired', 'cleared'] as const;
/** The life of a drift; the last two are its end. */
export type DriftState = (typeof DRIFT_STATES)[number];

export const DRIFT_DECISIONS = ['repair', 'wait', 'leave', 'hold'] as const;
/** What is done about a drift; `hold`: it would be repaired, but something forbids it now. */
export type DriftDecisionKind = (typeof DRIFT_DECISIONS)[number];

export const REPAIR_ACTIONS = ['restart', 'converge', 'stop-copy', 'tell-again'] as const;
export type RepairAction = (typeof REPAIR_ACTIONS)[number];

export const PAUSE_SCOPES = ['vm', 'host', 'fleet'] as const;
export type PauseScope = (typeof PAUSE_SCOPES)[number];

export const COMMAND_STATUSES = ['running', 'succeeded', 'failed'] as const;
export type CommandStatus = (typeof COMMAND_STATUSES)[number];

export const SNAPSHOT_CONSISTENCIES = ['crash-consistent', 'frozen', 'memory', 'stopped'] as const;
/** How whole the disks of a snapshot are: `memory` goes on where the guest was, `stopped` had no guest at all. */
export type SnapshotConsistency = (typeof SNAPSHOT_CONSISTENCIES)[number];

export const STEP_OUTCOMES = ['done', 'failed'] as const;
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

export const DISK_FAULT_KINDS = ['no-space', 'io-error'] as const;
/** Why a disk keeps its guest from going on. */
export type DiskFaultKind = (typeof DISK_FAULT_KINDS)[number];

export const GUEST_AGENT_STATES = ['connected', 'disconnected'] as const;
export type GuestAgentState = (typeof GUEST_AGENT_STATES)[number];

export const LEASE_STATES = ['held', 'waiting', 'none'] as const;
/** The lease of a VM with failover, as its host sees it. */
export type LeaseState = (typeof LEASE_STATES)[number];

export const LEASE_SIGHTS = ['over', 'held', 'unreadable'] as const;
/** A lease as another host of its pool sees it. */
export type LeaseSightState = (typeof LEASE_SIGHTS)[number];

export const HOST_STATES = [
  'ready',
  'suspect',
  'unknown',
  'cordoned',
  'draining',
  'maintenance',
  'lost',
] as const;
export type HostState = (typeof HOST_STATES)[number];

/** What a host is kept for, whether it is there or not. */
export const UPKEEPS = ['open', 'cordoned', 'draining', 'maintenance'] as const;
export type Upkeep = (typeof UPKEEPS)[number];
