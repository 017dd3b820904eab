import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  HOST_STATES,
  type HostState,
  LAUNCHERS,
  type LauncherKind,
  LIMITS,
  type LimitsKind,
  ORPHAN_REASONS,
  type OrphanReason,
  UPKEEPS,
  type Upkeep,
} from '../vocabulary.js';
import { ROLES, type Role } from './operation-status.js';
import { OperationView } from './operation-view.js';

export class OperationListView {
  @ApiProperty({ type: () => [OperationView] }) items!: OperationView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class OrphanView {
  @ApiProperty({ type: 'integer' }) pid!: number;
  @ApiProperty({ type: String, description: 'From its command line.' }) vmId!: string;
  @ApiProperty({ enum: ORPHAN_REASONS, description: 'no-vm: nothing of the VM is on the host.' })
  reason!: OrphanReason;
}

export class ConfinementView {
  @ApiProperty({ enum: LAUNCHERS }) launcher!: LauncherKind;
  @ApiProperty({ enum: LIMITS, description: 'Who enforces CPU weight and memory limit of a VM.' })
  limits!: LimitsKind;
  @ApiProperty({ type: String, description: 'Why there are none.' }) limitsReason!: string;
  @ApiProperty({ type: String, description: "The user of QEMU; empty: the operator's own." }) user!: string;
  @ApiProperty({ type: String, description: "Why it is the operator's own." }) userReason!: string;
}

export class HostNetworksView {
  @ApiProperty({ type: Boolean, description: 'It can make managed networks.' }) managed!: boolean;
  @ApiProperty({ type: String, description: 'Why not.' }) reason!: string;
  @ApiProperty({ type: [String], description: 'Bridges that exist.' }) bridges!: string[];
}

export class RefusedHostView {
  @ApiProperty({ type: String, description: 'Digest of the machine id of its operating system.' })
  machineId!: string;
  @ApiProperty({ type: String, description: 'Of its state folder.' }) incarnation!: string;
  @ApiProperty({ type: String, description: 'Of the boot of that machine.' }) bootId!: string;
  @ApiProperty({ type: String }) reason!: string;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
}

export class HostView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ enum: HOST_STATES }) state!: HostState;
  @ApiProperty({ type: Boolean, description: 'An administrator closed it to new VMs.' }) cordoned!: boolean;
  @ApiProperty({ enum: UPKEEPS, description: 'What it is kept for, whether it is there or not.' })
  upkeep!: Upkeep;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiProperty({ type: 'number', description: 'vCPUs that may be promised, as a multiple of its CPUs.' })
  cpuOvercommit!: number;
  @ApiProperty({ type: 'number', description: 'Memory that may be promised, as a multiple of what it has.' })
  memoryOvercommit!: number;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) seenAt?: string;
  @ApiProperty({ type: String }) agentVersion!: string;
  @ApiProperty({ type: String }) bootId!: string;
  @ApiProperty({ type: 'integer' }) cpus!: number;
  @ApiProperty({ type: 'integer' }) memoryMiB!: number;
  @ApiProperty({ type: 'integer' }) reservedMemoryMiB!: number;
  @ApiProperty({ type: 'integer' }) reservedVcpus!: number;
  @ApiProperty({ type: 'integer' }) storageBytes!: number;
  @ApiProperty({ type: 'integer' }) storageFreeBytes!: number;
  @ApiProperty({ type: String }) qemuVersion!: string;
  @ApiProperty({ type: String }) accelerator!: string;
  @ApiProperty({ type: String }) acceleratorReason!: string;
  @ApiProperty({ type: Boolean }) dryRun!: boolean;
  @ApiProperty({ type: 'integer' }) vmCount!: number;
  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'Not by what its agent tells all the time.',
  })
  updatedAt!: string;
  @ApiProperty({
    type: () => [OrphanView],
    description: 'QEMU processes that look like VMAN and belong to no VM of the host; they are left alone.',
  })
  orphans!: OrphanView[];
  @ApiPropertyOptional({ type: () => ConfinementView }) confinement?: ConfinementView;
  @ApiPropertyOptional({ type: () => HostNetworksView }) networks?: HostNetworksView;
  @ApiPropertyOptional({
    type: () => RefusedHostView,
    description: 'What called itself by the id of this host and was refused; `accept` makes it this host.',
  })
  refused?: RefusedHostView;
}

export class HostChangeView {
  @ApiProperty({ type: () => HostView }) host!: HostView;
  @ApiProperty({ type: () => OperationView, description: 'Shows what is moved, and what stays and why.' })
  operation!: OperationView;
}

export class HostListView {
  @ApiProperty({ type: () => [HostView] }) items!: HostView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class TokenView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ enum: ROLES }) role!: Role;
  @ApiPropertyOptional({ type: String }) project?: string;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) expiresAt?: string;
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'To the minute; left out: never.',
  })
  lastUsedAt?: string;
}

export class TokenListView {
  @ApiProperty({ type: () => [TokenView] }) items!: TokenView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class NewTokenView extends TokenView {
  @ApiProperty({ type: String, description: 'Shown this once.' }) token!: string;
}

export class FaultView {
  @ApiProperty({ type: String, example: 'nics[0].portForwards[1].guestPort' }) field!: string;
  @ApiProperty({ type: String }) code!: string;
  @ApiProperty({ type: String }) message!: string;
}

/** RFC 9457. */
export class ProblemView {
  @ApiProperty({ type: String }) type!: string;
  @ApiProperty({ type: String }) title!: string;
  @ApiProperty({ type: 'integer' }) status!: number;
  @ApiProperty({ type: String }) detail!: string;
  @ApiProperty({ type: String }) instance!: string;
  @ApiProperty({ type: String, description: 'A code of the error catalogue; it never changes its meaning.' })
  code!: string;
  @ApiProperty({ enum: ['never', 'after_change', 'later'] }) retryable!: string;
  @ApiProperty({ type: String, description: 'What to do about it.' }) hint!: string;
  @ApiProperty({ type: String }) requestId!: string;
  @ApiPropertyOptional({ type: () => [FaultView] }) errors?: FaultView[];
}
