/**
 * What decoding cannot see: vocabularies, identifiers and ranges of a message that came off the bus. Every fault
 * throws a MalformedMessage; the receiver counts, logs and drops such a message.
 */
import type {
  CloudInit,
  Command,
  ConsoleRequest,
  DesiredVm,
  Disk,
  DriftEvent,
  ExitEvent,
  GuestReply,
  GuestRequest,
  Heartbeat,
  Nic,
  StreamFrame,
  VmEvent,
  VmReport,
} from './messages.js';
import {
  ADDRESS_SOURCES,
  BOOT_PRIORITY_MAX,
  CLOUD_INIT_STATUSES,
  CONSOLE_KINDS,
  DISK_CACHES,
  DISK_DISCARDS,
  DISK_FAULT_KINDS,
  DISK_PRESENCES,
  DRIFT_DECISIONS,
  DRIFT_RULES,
  DRIFT_STATES,
  EXIT_REASONS,
  FIRMWARES,
  FORWARD_PROTOCOLS,
  GUEST_AGENT_STATES,
  IMAGE_FORMATS,
  LAUNCHERS,
  LEASE_STATES,
  LIMITS,
  MACHINE_TYPES,
  NIC_KINDS,
  ORIGINS,
  ORPHAN_REASONS,
  POOL_KINDS,
  POWER_STATES,
  PRESENCES,
  REPORTED_STATES,
  RESTART_POLICIES,
  STREAM_END_REASONS,
  WATCHDOGS,
} from './vocabulary.js';

/** A message that decodes but means nothing valid. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;
const CPU_MODEL = /^[A-Za-z0-9._-]{0,64}$/;
const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;
const ADDRESS = /^[0-9a-f:.]{2,45}$/;
const INSTANCE_ID = /^[A-Za-z0-9-]{1,64}$/;
/** More than the API takes, with what is added to it. */
const SEED_TEXT_MAX = 256 * 1024;
/** Parts of a network become rules and arguments on its host, so nothing but addresses and names goes through. */
const CIDR_V4 = /^((\d{1,3}\.){3}\d{1,3}\/\d{1,2})?$/;
const CIDR_V6 = /^([0-9a-f:]{2,39}\/\d{1,3})?$/;
const ADDRESS_OR_NONE = /^([0-9a-f:.]{2,45})?$/;
const DOMAIN = /^[A-Za-z0-9.-]{0,253}$/;
/** The kernel takes no longer name for an interface. */
const BRIDGE = /^[A-Za-z0-9_.-]{1,15}$/;

function fail(field: string, value: unknown): never {
  throw new MalformedMessage(`${field} is not valid: ${JSON.stringify(value)}`);
}

export function uuid(field: string, value: string): void {
  if (!UUID.test(value)) fail(field, value);
}

export function word(field: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) fail(field, value);
}

function match(field: string, value: string, pattern: RegExp): void {
  if (!pattern.test(value)) fail(field, value);
}

function integer(field: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) fail(field, value);
}

function present(field: string, value: unknown): void {
  if (value === undefined) fail(field, 'absent');
}

const COUNTER_MAX = Number.MAX_SAFE_INTEGER;
/** Nobody waits longer for a guest. */
const GUEST_TIMEOUT_MAX_MS = 3_600_000;

export function checkDesiredVm(vm: DesiredVm): void {
  uuid('vmId', vm.vmId);
  uuid('hostId', vm.hostId);
  integer('generation', vm.generation, 1, COUNTER_MAX);
  integer('startGeneration', vm.startGeneration, 0, vm.generation);
  word('presence', vm.presence, PRESENCES);
  word('power', vm.power, POWER_STATES);
  for (const part of ['stop', 'machine', 'restart', 'cause'] as const) present(part, vm[part]);
  integer('machine.vcpus', vm.machine.vcpus, 1, 1024);
  integer('machine.memoryMib', vm.machine.memoryMib, 1, 16 * 1024 * 1024);
  word('machine.type', vm.machine.type, MACHINE_TYPES);
  word('machine.firmware', vm.machine.firmware, FIRMWARES);
  match('machine.cpuModel', vm.machine.cpuModel, CPU_MODEL);
  if (vm.machine.watchdog !== undefined) word('machine.watchdog', vm.machine.watchdog, WATCHDOGS);
  if (vm.bootPriority !== undefined) integer('bootPriority', vm.bootPriority, 0, BOOT_PRIORITY_MAX);
  word('restart.policy', vm.restart.policy, RESTART_POLICIES);
  word('cause.origin', vm.cause.origin, ORIGINS);
  if (vm.failover) uuid('failover.poolId', vm.failover.poolId);
  if (vm.cloudInit) checkCloudInit(vm.cloudInit);
  if (vm.unplugTimeoutMs !== undefined)
    integer('unplugTimeoutMs', vm.unplugTimeoutMs, 1, GUEST_TIMEOUT_MAX_MS);
  integer('machine.maxVcpus', vm.machine.maxVcpus ?? vm.machine.vcpus, 1, 1024);
  integer('machine.maxMemoryMib', vm.machine.maxMemoryMib ?? 1, 1, 16 * 1024 * 1024);
  for (const disk of vm.disks) checkDisk(disk);
  for (const id of vm.restore?.diskIds ?? []) uuid('restore.diskId', id);
  if (vm.restore) uuid('restore.snapshotId', vm.restore.snapshotId);
  for (const nic of vm.nics) {
    uuid('nic.nicId', nic.nicId);
    match('nic.mac', nic.mac, MAC);
    word('nic.kind', nic.kind, NIC_KINDS);
    checkNicNetwork(nic);
    for (const forward of nic.forwards) {
      word('forward.protocol', forward.protocol, FORWARD_PROTOCOLS);
      match('forward.hostAddress', forward.hostAddress, IPV4);
      integer('forward.hostPort', forward.hostPort, 1, 65535);
      integer('forward.guestPort', forward.guestPort, 1, 65535);
    }
  }
}

function checkDisk(disk: Disk): void {
  uuid('disk.diskId', disk.diskId);
  integer('disk.sizeBytes', disk.sizeBytes, 0, COUNTER_MAX);
  if (disk.presence !== undefined) word('disk.presence', disk.presence, DISK_PRESENCES);
  if (disk.poolId !== undefined) uuid('disk.poolId', disk.poolId);
  if (disk.cache !== undefined) word('disk.cache', disk.cache, DISK_CACHES);
  if (disk.discard !== undefined) word('disk.discard', disk.discard, DISK_DISCARDS);
  for (const part of Object.values(disk.origin?.from?.value ?? {})) uuid('disk.origin', part);
  if (!disk.image) return;
  match('disk.image.digest', disk.image.digest, SHA256);
  word('disk.image.format', disk.image.format, IMAGE_FORMATS);
  integer('disk.image.virtualBytes', disk.image.virtualBytes, 1, COUNTER_MAX);
}

/** Its texts hold secrets, so a fault never shows them. */
function checkCloudInit({ instanceId, userData, metaData, networkConfig }: CloudInit): void {
  match('cloudInit.instanceId', instanceId, INSTANCE_ID);
  for (const text of [userData, metaData, networkConfig]) {
    if (text.length > SEED_TEXT_MAX) fail('cloudInit', `a text of ${text.length} characters`);
  }
}

function checkNicNetwork({ kind, network }: Nic): void {
  if (kind === 'user') return;
  if (!network) fail('nic.network', 'absent');
  uuid('nic.network.networkId', network.networkId);
  if (kind === 'bridge' || network.bridge) match('nic.network.bridge', network.bridge, BRIDGE);
  match('nic.network.cidrV4', network.cidrV4, CIDR_V4);
  match('nic.network.cidrV6', network.cidrV6, CIDR_V6);
  for (const gateway of [network.gatewayV4, network.gatewayV6]) {
    match('nic.network.gateway', gateway, ADDRESS_OR_NONE);
  }
  for (const server of network.dns) match('nic.network.dns', server, ADDRESS);
  match('nic.network.domain', network.domain, DOMAIN);
  integer('nic.network.vlan', network.vlan, 0, 4094);
  integer('nic.network.mtu', network.mtu, 0, 65_535);
  for (const { address, prefix, source } of network.addresses) {
    match('nic.network.address', address, ADDRESS);
    integer('nic.network.prefix', prefix, 1, 128);
    word('nic.network.source', source, ADDRESS_SOURCES);
  }
}

function checkVmReport(row: VmReport): void {
  uuid('vmId', row.vmId);
  present('rev', row.rev);
  word('state', row.state, REPORTED_STATES);
  if (row.lastExit) word('lastExit.reason', row.lastExit.reason, EXIT_REASONS);
  if (row.guestAgent) word('guestAgent.state', row.guestAgent.state, GUEST_AGENT_STATES);
  if (row.lease) word('lease.state', row.lease.state, LEASE_STATES);
  if (row.cloudInit) word('cloudInit.status', row.cloudInit.status, CLOUD_INIT_STATUSES);
  for (const fault of row.diskFaults) word('diskFault.kind', fault.kind, DISK_FAULT_KINDS);
}

export function checkHeartbeat(beat: Heartbeat): void {
  uuid('hostId', beat.hostId);
  present('capacity', beat.capacity);
  present('hypervisor', beat.hypervisor);
  for (const row of beat.vms) checkVmReport(row);
  for (const { reason } of beat.orphans) word('orphan.reason', reason, ORPHAN_REASONS);
  for (const pool of beat.pools) {
    uuid('pool.poolId', pool.poolId);
    word('pool.kind', pool.kind, POOL_KINDS);
  }
  if (!beat.confinement) return;
  word('confinement.launcher', beat.confinement.launcher, LAUNCHERS);
  word('confinement.limits', beat.confinement.limits, LIMITS);
}

export function checkVmEvent(event: VmEvent): void {
  uuid('hostId', event.hostId);
  present('report', event.report);
  checkVmReport(event.report);
}

export function checkCommand(command: Command): void {
  uuid('operationId', command.operationId);
  uuid('hostId', command.hostId);
  if (command.vmId !== '') uuid('vmId', command.vmId);
  present('action', command.action);
  checkAction(command.action);
  present('cause', command.cause);
}

function checkAction({ $case, value }: Command['action']): void {
  switch ($case) {
    case 'reset':
    case 'repair':
      return;
    case 'createDisk':
      present('disk', value.disk);
      checkDisk(value.disk);
      return;
    case 'growDisk':
    case 'removeDisk':
    case 'quarantineDisk':
    case 'returnDisk':
    case 'purgeDisk':
      uuid('diskId', value.diskId);
      uuid('poolId', value.poolId);
      return;
    case 'exportDisk':
      uuid('diskId', value.diskId);
      // Empty: the host's own pool.
      if (value.poolId !== '') uuid('poolId', value.poolId);
      uuid('templateId', value.templateId);
      return;
    case 'createSnapshot':
    case 'deleteSnapshot':
      uuid('snapshotId', value.snapshotId);
      for (const diskId of value.diskIds) uuid('diskId', diskId);
      return;
    case 'createBackup':
      for (const diskId of value.diskIds) uuid('diskId', diskId);
      if (value.parentBackupId !== '') uuid('parentBackupId', value.parentBackupId);
      uuid('backupId', value.backupId);
      uuid('poolId', value.poolId);
      return;
    case 'cancelCommand':
      uuid('cancelledOperationId', value.cancelledOperationId);
      return;
    case 'deleteBackup':
    case 'verifyBackup':
      uuid('backupId', value.backupId);
      uuid('poolId', value.poolId);
      return;
  }
}

export function checkDriftEvent(event: DriftEvent): void {
  uuid('driftId', event.driftId);
  uuid('hostId', event.hostId);
  if (event.vmId !== '') uuid('vmId', event.vmId);
  if (event.repairId !== '') uuid('repairId', event.repairId);
  word('rule', event.rule, DRIFT_RULES);
  word('state', event.state, DRIFT_STATES);
  word('decision', event.decision, DRIFT_DECISIONS);
}

export function checkExitEvent(event: ExitEvent): void {
  uuid('hostId', event.hostId);
  uuid('vmId', event.vmId);
  present('exit', event.exit);
  integer('exit.exitSeq', event.exit.exitSeq, 1, COUNTER_MAX);
  word('exit.reason', event.exit.reason, EXIT_REASONS);
}

export function checkGuestRequest(request: GuestRequest): void {
  uuid('hostId', request.hostId);
  uuid('vmId', request.vmId);
  present('ask', request.ask);
  integer('timeoutMs', request.timeoutMs, 1, GUEST_TIMEOUT_MAX_MS);
  if (request.ask.$case === 'freeze') {
    integer('freeze.thawAfterMs', request.ask.value.thawAfterMs, 1, GUEST_TIMEOUT_MAX_MS);
  }
}

export function checkGuestReply(reply: GuestReply): void {
  present('answer', reply.answer);
}

export function checkConsoleRequest(request: ConsoleRequest): void {
  uuid('hostId', request.hostId);
  uuid('vmId', request.vmId);
  uuid('sessionId', request.sessionId);
  word('kind', request.kind, CONSOLE_KINDS);
}

export function checkStreamFrame({ body }: StreamFrame): void {
  present('body', body);
  if (body.$case === 'end') word('end.reason', body.value.reason, STREAM_END_REASONS);
}
