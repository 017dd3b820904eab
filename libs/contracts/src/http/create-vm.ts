import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsRFC3339,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  BOOT_PRIORITY_MAX,
  FIRMWARES,
  type Firmware,
  MACHINE_TYPES,
  type MachineType,
  WATCHDOGS,
  type Watchdog,
} from '../vocabulary.js';
import { CloudInitInput } from './cloud-init.js';
import {
  CPU_MODEL,
  CPU_MODEL_FORM,
  Labels,
  MEMORY_MIB_MAX,
  MEMORY_MIB_MIN,
  Name,
  OptionalInteger,
  oneOf,
  VCPUS_MAX,
} from './fields.js';
import { PlacementInput } from './placement.js';
import { DiskInput, NicInput, RestartInput } from './vm-parts.js';

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
  @IsObject({ each: true, message: 'must be objects' })
  @ValidateNested({ each: true })
  @Type(() => DiskInput)
  disks?: DiskInput[];

  @ApiPropertyOptional({ type: () => [NicInput], description: 'Left out: one nic on the user network.' })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(8, { message: 'must have at most 8 entries' })
  @IsObject({ each: true, message: 'must be objects' })
  @ValidateNested({ each: true })
  @Type(() => NicInput)
  nics?: NicInput[];

  @ApiPropertyOptional({
    type: () => CloudInitInput,
    description:
      'What the guest is told at its first boot; left out: nothing. `{}`: its name and its network.',
  })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => CloudInitInput)
  cloudInit?: CloudInitInput;

  @ApiPropertyOptional({
    type: () => PlacementInput,
    description: 'Where it may and should run; left out: anywhere there is room.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => PlacementInput)
  placement?: PlacementInput;

  @ApiPropertyOptional({ type: () => RestartInput })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => RestartInput)
  restart?: RestartInput;

  @ApiPropertyOptional({ enum: ['running', 'stopped'], default: 'running' })
  @IsOptional()
  @IsIn(['running', 'stopped'], oneOf(['running', 'stopped']))
  desiredState?: 'running' | 'stopped';

  @Labels()
  labels?: Record<string, string>;

  @ApiPropertyOptional({
    type: Boolean,
    description:
      'When its host is lost it is started on another one. Needs all its disks in pools of kind shared-dir.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  failover?: boolean;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'DELETE is refused while it is true.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  deletionProtection?: boolean;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When it is deleted by itself, unless it is protected then.',
  })
  @IsOptional()
  @IsRFC3339({ message: 'must be an RFC 3339 time' })
  expiresAt?: string;
}
