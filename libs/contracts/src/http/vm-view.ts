import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ADDRESS_SOURCES,
  type AddressSource,
  DISK_CACHES,
  DISK_DISCARDS,
  type DiskCache,
  type DiskDiscard,
  FIRMWARES,
  type Firmware,
  FORWARD_PROTOCOLS,
  type ForwardProtocol,
  LEASE_STATES,
  type LeaseState,
  MACHINE_TYPES,
  type MachineType,
  NIC_KINDS,
  type NicKind,
  POWER_STATES,
  type PowerState,
  RESTART_POLICIES,
  type RestartPolicyName,
  VM_STATES,
  type VmState,
  WATCHDOGS,
  type Watchdog,
} from '../vocabulary.js';
import { CloudInitView } from './cloud-init.js';
import { IoLimitsView } from './disks.js';
import { OperationView } from './operation-view.js';
import { PlacementView } from './placement.js';

export class RestartView {
  @ApiProperty({ enum: RESTART_POLICIES }) policy!: RestartPolicyName;
  @ApiProperty({ type: 'integer' }) maxRetries!: number;
  @ApiProperty({ type: 'integer' }) windowSeconds!: number;
}

export class DiskView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: 'integer' }) sizeBytes!: number;
  @ApiProperty({ type: Boolean }) readOnly!: boolean;
  @ApiProperty({ type: Boolean, description: 'False: it is kept outside of the machine.' })
  attached!: boolean;
  @ApiProperty({ type: 'integer', description: 'The guest boots from the lowest; 0: never.' })
  bootOrder!: number;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) templateId?: string;
  @ApiPropertyOptional({ type: String, description: 'Of one that was made by itself.' }) name?: string;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) poolId?: string;
  @ApiProperty({ enum: DISK_CACHES }) cache!: DiskCache;
  @ApiProperty({ enum: DISK_DISCARDS }) discard!: DiskDiscard;
  @ApiPropertyOptional({ type: () => IoLimitsView }) ioLimits?: IoLimitsView;
  @ApiProperty({ type: Boolean, description: 'It outlives the VM.' }) keepOnDelete!: boolean;
}

export class NetworkRef {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
}

export class PortForwardView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ enum: FORWARD_PROTOCOLS }) protocol!: ForwardProtocol;
  @ApiProperty({ type: String }) hostAddress!: string;
  @ApiProperty({ type: 'integer' }) hostPort!: number;
  @ApiProperty({ type: 'integer' }) guestPort!: number;
  @ApiProperty({
    type: String,
    description: 'Ready to paste on the host, or on any machine that reaches that address.',
    example: 'ssh -p 30022 127.0.0.1',
  })
  connect!: string;
}

export class NicView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ enum: NIC_KINDS }) kind!: NicKind;
  @ApiProperty({ type: String }) mac!: string;
  @ApiProperty({ type: () => NetworkRef }) network!: NetworkRef;
  @ApiProperty({ type: [String], description: 'Reserved for it in its network.' }) addresses!: string[];
  @ApiProperty({ type: () => [PortForwardView] }) portForwards!: PortForwardView[];
}

export class VmSpecView {
  @ApiPropertyOptional({ type: String, description: 'Name of the template it was made from.' })
  template?: string;
  @ApiProperty({ type: 'integer' }) vcpus!: number;
  @ApiProperty({ type: 'integer' }) memoryMiB!: number;
  @ApiProperty({ enum: POWER_STATES }) desiredState!: PowerState;
  @ApiProperty({ type: () => RestartView }) restart!: RestartView;
  @ApiProperty({ type: () => [DiskView] }) disks!: DiskView[];
  @ApiProperty({ type: () => [NicView] }) nics!: NicView[];
  @ApiProperty({ enum: MACHINE_TYPES }) machine!: MachineType;
  @ApiProperty({ enum: FIRMWARES }) firmware!: Firmware;
  @ApiProperty({ type: String }) cpuModel!: string;
  @ApiPropertyOptional({ type: 'integer', description: 'Left out: chosen at each start.' }) maxVcpus?: number;
  @ApiPropertyOptional({ type: 'integer', description: 'Left out: chosen at each start.' })
  maxMemoryMiB?: number;
  @ApiPropertyOptional({ type: 'integer', description: 'What the balloon leaves to the guest.' })
  balloonMiB?: number;
  @ApiProperty({ type: Boolean, description: 'A screen, served over VNC on a unix socket of the host.' })
  vnc!: boolean;
  @ApiProperty({ enum: WATCHDOGS }) watchdog!: Watchdog;
  @ApiProperty({ type: 'integer', description: 'The highest starts first after a reboot of the host.' })
  bootPriority!: number;
  @ApiPropertyOptional({ type: () => CloudInitView }) cloudInit?: CloudInitView;
  @ApiPropertyOptional({ type: () => PlacementView, description: 'Left out: anywhere there is room.' })
  placement?: PlacementView;
  @ApiProperty({ type: Boolean, description: 'When its host is lost it is started on another one.' })
  failover!: boolean;
  @ApiProperty({ type: Boolean }) deletionProtection!: boolean;
  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'When it is deleted by itself.' })
  expiresAt?: string;
}

export const CONDITION_TYPES = [
  'Scheduled',
  'ProcessRunning',
  'AgentConnected',
  'AddressAssigned',
  'Ready',
  'RestartRequired',
  'StorageHealthy',
  'CloudInitDone',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export class ConditionView {
  @ApiProperty({ enum: CONDITION_TYPES }) type!: ConditionType;
  @ApiProperty({ enum: ['true', 'false', 'unknown'] }) status!: 'true' | 'false' | 'unknown';
  @ApiProperty({ type: String }) reason!: string;
  @ApiProperty({ type: String }) message!: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) lastTransitionAt?: string;
}

export class VmAddressView {
  @ApiProperty({ type: String, example: '10.0.2.15' }) address!: string;
  @ApiProperty({
    enum: ADDRESS_SOURCES,
    description:
      'Who gives it: static and dhcp are reserved, user is that of QEMU, guest-agent was only seen.',
  })
  source!: AddressSource;
  @ApiProperty({ enum: ['ipv4', 'ipv6'] }) family!: string;
  @ApiProperty({ type: 'integer' }) prefix!: number;
  @ApiProperty({ type: String, description: 'Of the nic that has it.' }) mac!: string;
  @ApiPropertyOptional({
    type: String,
    description: 'Name in the guest, once it was seen there.',
    example: 'eth0',
  })
  interface?: string;
  @ApiPropertyOptional({ type: String, description: 'Name of the network.' }) network?: string;
  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'When the guest showed it last.' })
  lastSeenAt?: string;
  @ApiPropertyOptional({ type: String, description: 'What contradicts it; absent when nothing does.' })
  conflict?: string;
}

/** What the agent in the guest told of it. */
export class GuestInfoView {
  @ApiPropertyOptional({ type: String }) hostName?: string;
  @ApiPropertyOptional({ type: String, example: 'Debian GNU/Linux 12 (bookworm)' }) osName?: string;
  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Its file systems are frozen.' })
  frozenUntil?: string;
}

export class HostRef {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
}

export class LastExitView {
  @ApiProperty({ type: 'integer', description: 'Counts the exits of this VM on its host.' })
  sequence!: number;
  @ApiProperty({ type: String }) reason!: string;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({ type: String }) status!: string;
  @ApiProperty({ type: String, description: 'Its death certificate.' }) href!: string;
}

export class RestartStatusView {
  @ApiProperty({ type: 'integer' }) count!: number;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) nextAt?: string;
}

export class VmFailureView {
  @ApiProperty({ type: String }) code!: string;
  @ApiProperty({ type: String }) message!: string;
  @ApiProperty({ type: String }) hint!: string;
}

export class PluggedView {
  @ApiProperty({ type: 'integer' }) vcpus!: number;
  @ApiProperty({ type: 'integer' }) memoryMiB!: number;
  @ApiProperty({ type: [String] }) disks!: string[];
  @ApiProperty({ type: [String] }) nics!: string[];
}

export class LeaseView {
  @ApiProperty({ enum: LEASE_STATES, description: 'waiting: another host has it, or had it until lately.' })
  state!: LeaseState;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) holderHostId?: string;
}

export class VmStatusView {
  @ApiProperty({ enum: VM_STATES }) state!: VmState;
  @ApiProperty({ type: String }) reason!: string;
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'It is in the trash, and is destroyed then.',
  })
  purgeAt?: string;
  @ApiPropertyOptional({ type: () => VmFailureView }) failure?: VmFailureView;
  @ApiProperty({ type: 'integer' }) observedGeneration!: number;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) observedAt?: string;
  @ApiPropertyOptional({ type: () => HostRef }) host?: HostRef;
  @ApiPropertyOptional({ type: 'integer', description: 'Of the QEMU process.' }) pid?: number;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) runningSince?: string;
  @ApiProperty({ type: () => [VmAddressView] }) addresses!: VmAddressView[];
  @ApiPropertyOptional({ type: () => GuestInfoView }) guest?: GuestInfoView;
  @ApiPropertyOptional({ type: () => PluggedView, description: 'What the machine that runs consists of.' })
  plugged?: PluggedView;
  @ApiProperty({ type: () => [PortForwardView] }) portForwards!: PortForwardView[];
  @ApiProperty({ type: () => [ConditionView] }) conditions!: ConditionView[];
  @ApiProperty({ type: () => RestartStatusView }) restart!: RestartStatusView;
  @ApiPropertyOptional({ type: () => LastExitView }) lastExit?: LastExitView;
  @ApiPropertyOptional({ type: () => LeaseView, description: 'Of one with failover.' }) lease?: LeaseView;
}

export class VmView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String }) project!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiProperty({ type: 'integer', description: 'Raised by every change; the ETag.' }) generation!: number;
  @ApiProperty({ type: () => VmSpecView }) spec!: VmSpecView;
  @ApiProperty({ type: () => VmStatusView }) status!: VmStatusView;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class VmListView {
  @ApiProperty({ type: () => [VmView] }) items!: VmView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

/** Answer to a change of a VM. */
export class VmChangeView {
  @ApiPropertyOptional({ type: () => VmView }) vm?: VmView;
  @ApiProperty({ type: () => OperationView }) operation!: OperationView;
}
