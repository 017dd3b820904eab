import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  BOOT_PRIORITY_MAX,
  FIRMWARES,
  type Firmware,
  FORWARD_PROTOCOLS,
  type ForwardProtocol,
  MACHINE_TYPES,
  type MachineType,
  NIC_KINDS,
  type NicKind,
  RESTART_POLICIES,
  type RestartPolicyName,
  WATCHDOGS,
  type Watchdog,
} from '../vocabulary.js';
import {
  DISK_GIB_MAX,
  Labels,
  MEMORY_MIB_MAX,
  MEMORY_MIB_MIN,
  Name,
  OptionalInteger,
  SHUTDOWN_SECONDS_MAX,
  UNPLUG_SECONDS_MAX,
  VCPUS_MAX,
} from './fields.js';

const IPV4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}$/;
const CPU_MODEL = /^[A-Za-z0-9._-]{1,64}$/;
const CPU_MODEL_FORM = 'must be 1 to 64 letters, digits, dots, hyphens or underscores';
const BOOT_ORDER_MAX = 1000;
const oneOf = (words: readonly string[]) => ({ message: `must be one of: ${words.join(', ')}` });

export class PortForwardInput {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 65535, example: 80 })
  @IsInt({ message: 'must be an integer' })
  @Min(1, { message: 'must be at least 1' })
  @Max(65535, { message: 'must be at most 65535' })
  guestPort!: number;

  @OptionalInteger(1, 65535, { description: 'Left out: a free port of the configured range.' })
  hostPort?: number;

  @ApiPropertyOptional({ type: String, description: 'An IPv4 address of the host.', example: '127.0.0.1' })
  @IsOptional()
  @Matches(IPV4, { message: 'must be an IPv4 address' })
  hostAddress?: string;

  @ApiPropertyOptional({ enum: FORWARD_PROTOCOLS, default: 'tcp' })
  @IsOptional()
  @IsIn(FORWARD_PROTOCOLS, oneOf(FORWARD_PROTOCOLS))
  protocol?: ForwardProtocol;
}

export class NicInput {
  @ApiPropertyOptional({ enum: NIC_KINDS, default: 'user', description: 'user: NAT through the host.' })
  @IsOptional()
  @IsIn(NIC_KINDS, oneOf(NIC_KINDS))
  kind?: NicKind;

  @ApiPropertyOptional({ type: () => [PortForwardInput] })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(64, { message: 'must have at most 64 entries' })
  @ValidateNested({ each: true })
  @Type(() => PortForwardInput)
  portForwards?: PortForwardInput[];
}

export class DiskInput {
  @OptionalInteger(1, DISK_GIB_MAX, {
    description: 'Size in GiB. The first disk of a template may be larger than its image, never smaller.',
  })
  sizeGiB?: number;

  @ApiPropertyOptional({ type: Boolean, default: false })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  readOnly?: boolean;

  @OptionalInteger(0, BOOT_ORDER_MAX, {
    description:
      'The guest boots from the lowest; 0: never. Left out in every disk: the order of the list; left out in some: those are not booted from.',
  })
  bootOrder?: number;
}

export class RestartInput {
  @ApiPropertyOptional({ enum: RESTART_POLICIES, default: 'on-failure' })
  @IsOptional()
  @IsIn(RESTART_POLICIES, oneOf(RESTART_POLICIES))
  policy?: RestartPolicyName;

  @OptionalInteger(0, 1000, {
    default: 5,
    description: 'Restarts within the window before it counts as a crash loop.',
  })
  maxRetries?: number;

  @OptionalInteger(1, 86_400, { default: 300 })
  windowSeconds?: number;
}

export class CreateVmInput {
  @Name({ description: 'Unique in its project.' })
  name!: string;

  @ApiPropertyOptional({ type: String, description: 'Only for tokens that are not bound to a project.' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  project?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Name or id of the template that its first disk is made from.',
  })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MinLength(1, { message: 'must not be empty' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  template?: string;

  @OptionalInteger(1, VCPUS_MAX, { default: 1, description: 'Left out: the template decides.' })
  vcpus?: number;

  @OptionalInteger(MEMORY_MIB_MIN, MEMORY_MIB_MAX, {
    default: 512,
    description: 'Left out: the template decides.',
  })
  memoryMiB?: number;

  @OptionalInteger(1, VCPUS_MAX, {
    description: 'CPUs that it can grow to while it runs. Left out: twice the number, at least 4.',
  })
  maxVcpus?: number;

  @OptionalInteger(MEMORY_MIB_MIN, MEMORY_MIB_MAX, {
    description:
      'Memory that it can grow to while it runs. Left out: twice the size from 1024 MiB on, else no more. Headroom costs a Linux guest 64 MiB.',
  })
  maxMemoryMiB?: number;

  @OptionalInteger(MEMORY_MIB_MIN, MEMORY_MIB_MAX, {
    description: 'What the balloon is to leave to the guest; as much as it has: no balloon.',
  })
  balloonMiB?: number;

  @ApiPropertyOptional({ enum: MACHINE_TYPES, default: 'q35' })
  @IsOptional()
  @IsIn(MACHINE_TYPES, oneOf(MACHINE_TYPES))
  machine?: MachineType;

  @ApiPropertyOptional({ enum: FIRMWARES, default: 'bios' })
  @IsOptional()
  @IsIn(FIRMWARES, oneOf(FIRMWARES))
  firmware?: Firmware;

  @ApiPropertyOptional({
    type: String,
    description: 'A QEMU CPU model; left out: the best for the accelerator.',
  })
  @IsOptional()
  @Matches(CPU_MODEL, { message: CPU_MODEL_FORM })
  cpuModel?: string;

  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'A screen, served over VNC on a unix socket of the host, never over TCP.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  vnc?: boolean;

  @ApiPropertyOptional({
    enum: WATCHDOGS,
    default: 'none',
    description: 'An i6300esb watchdog: what happens to a guest that no longer feeds it.',
  })
  @IsOptional()
  @IsIn(WATCHDOGS, oneOf(WATCHDOGS))
  watchdog?: Watchdog;

  @OptionalInteger(0, BOOT_PRIORITY_MAX, {
    default: 0,
    description: 'After a reboot of its host the highest starts first.',
  })
  bootPriority?: number;

  @ApiPropertyOptional({
    type: () => [DiskInput],
    description: 'Left out: one disk of the size of the template.',
  })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(16, { message: 'must have at most 16 entries' })
  @ValidateNested({ each: true })
  @Type(() => DiskInput)
  disks?: DiskInput[];

  @ApiPropertyOptional({ type: () => [NicInput], description: 'Left out: one nic on the user network.' })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(8, { message: 'must have at most 8 entries' })
  @ValidateNested({ each: true })
  @Type(() => NicInput)
  nics?: NicInput[];

  @ApiPropertyOptional({ type: () => RestartInput })
  @IsOptional()
  @ValidateNested()
  @Type(() => RestartInput)
  restart?: RestartInput;

  @ApiPropertyOptional({ enum: ['running', 'stopped'], default: 'running' })
  @IsOptional()
  @IsIn(['running', 'stopped'], oneOf(['running', 'stopped']))
  desiredState?: 'running' | 'stopped';

  @Labels()
  labels?: Record<string, string>;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'DELETE is refused while it is true.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  deletionProtection?: boolean;
}

/** One disk of the new list: with its id one that is there, without it a new one. */
export class DiskPatch extends DiskInput {
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  id?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'False: taken out of the machine and kept. Left out: as it is.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  attached?: boolean;
}

/** A disk to attach. */
export class AttachDiskInput extends DiskInput {}

export class UnplugQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: UNPLUG_SECONDS_MAX, default: 30 })
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be an integer' })
  @Min(1, { message: 'must be at least 1' })
  @Max(UNPLUG_SECONDS_MAX, { message: `must be at most ${UNPLUG_SECONDS_MAX}` })
  timeoutSeconds?: number;
}

export class DetachDiskQuery extends UnplugQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false', description: 'Keep the disk detached.' })
  @IsOptional()
  @IsIn(['true', 'false'], oneOf(['true', 'false']))
  keep?: 'true' | 'false';
}

/** One nic of the new list: with its id, or by its position when no entry has one. */
export class NicPatch {
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  id?: string;

  @ApiPropertyOptional({ enum: NIC_KINDS, default: 'user', description: 'Of a new one.' })
  @IsOptional()
  @IsIn(NIC_KINDS, oneOf(NIC_KINDS))
  kind?: NicKind;

  @ApiPropertyOptional({
    type: () => [PortForwardInput],
    description: 'The whole new list. Left out: as they are.',
  })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(64, { message: 'must have at most 64 entries' })
  @ValidateNested({ each: true })
  @Type(() => PortForwardInput)
  portForwards?: PortForwardInput[];
}

export class PatchVmInput {
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Name({ required: false })
  name?: string;

  @Labels('patch')
  labels?: Record<string, string | null>;

  @ApiPropertyOptional({
    type: () => [DiskPatch],
    description:
      'The whole new list. A disk that it leaves out is taken out of the machine, then removed with its content.',
  })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(16, { message: 'must have at most 16 entries' })
  @ValidateNested({ each: true })
  @Type(() => DiskPatch)
  disks?: DiskPatch[];

  @OptionalInteger(1, UNPLUG_SECONDS_MAX, {
    default: 30,
    description: 'How long the guest may take to let go of a disk, a nic or memory.',
  })
  unplugTimeoutSeconds?: number;

  @OptionalInteger(1, VCPUS_MAX, { description: 'More up to maxVcpus at once; fewer with the next start.' })
  vcpus?: number;

  @OptionalInteger(MEMORY_MIB_MIN, MEMORY_MIB_MAX, {
    description:
      'More up to maxMemoryMiB in steps of 128 at once; less than it was started with at the next start.',
  })
  memoryMiB?: number;

  @OptionalInteger(1, VCPUS_MAX, {
    description: 'CPUs that it can grow to while it runs. Left out: twice the number, at least 4.',
  })
  maxVcpus?: number;

  @OptionalInteger(MEMORY_MIB_MIN, MEMORY_MIB_MAX, {
    description:
      'Memory that it can grow to while it runs. Left out: twice the size from 1024 MiB on, else no more. Headroom costs a Linux guest 64 MiB.',
  })
  maxMemoryMiB?: number;

  @OptionalInteger(MEMORY_MIB_MIN, MEMORY_MIB_MAX, {
    description: 'What the balloon is to leave to the guest; as much as it has: no balloon.',
  })
  balloonMiB?: number;

  @ApiPropertyOptional({ type: String, description: 'A QEMU CPU model. Takes effect with the next start.' })
  @IsOptional()
  @Matches(CPU_MODEL, { message: CPU_MODEL_FORM })
  cpuModel?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description:
      'A screen, served over VNC on a unix socket of the host, never over TCP. Takes effect with the next start.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  vnc?: boolean;

  @ApiPropertyOptional({
    enum: WATCHDOGS,
    description:
      'An i6300esb watchdog: what happens to a guest that no longer feeds it. Takes effect with the next start.',
  })
  @IsOptional()
  @IsIn(WATCHDOGS, oneOf(WATCHDOGS))
  watchdog?: Watchdog;

  @OptionalInteger(0, BOOT_PRIORITY_MAX, {
    description: 'After a reboot of its host the highest starts first.',
  })
  bootPriority?: number;

  @ApiPropertyOptional({ type: () => RestartInput })
  @IsOptional()
  @ValidateNested()
  @Type(() => RestartInput)
  restart?: RestartInput;

  @ApiPropertyOptional({ type: Boolean })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  deletionProtection?: boolean;

  @ApiPropertyOptional({
    type: () => [NicPatch],
    description:
      'With ids: the whole new list. Without: the present nics in their order, then new ones. A nic without a request for its ports keeps them.',
  })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(8, { message: 'must have at most 8 entries' })
  @ValidateNested({ each: true })
  @Type(() => NicPatch)
  nics?: NicPatch[];
}

export class ShutdownInput {
  @OptionalInteger(0, SHUTDOWN_SECONDS_MAX, { default: 60, description: 'How long the guest may take.' })
  timeoutSeconds?: number;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Cut the power when it did not obey.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  thenForce?: boolean;
}

export class RebootInput {
  @OptionalInteger(0, SHUTDOWN_SECONDS_MAX, { default: 60, description: 'How long the guest may take.' })
  timeoutSeconds?: number;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Do not ask the guest.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  force?: boolean;
}
