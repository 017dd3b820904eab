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
  Matches,
  ValidateNested,
} from 'class-validator';
import { BOOT_PRIORITY_MAX, WATCHDOGS, type Watchdog } from '../vocabulary.js';
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
  UNPLUG_SECONDS_MAX,
  VCPUS_MAX,
} from './fields.js';
import { PlacementInput } from './placement.js';
import { DiskPatch, NicPatch, RestartInput } from './vm-parts.js';

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
  @IsObject({ each: true, message: 'must be objects' })
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

  @ApiPropertyOptional({
    type: () => CloudInitInput,
    nullable: true,
    description:
      'Merged into what is there; null takes the seed away. The guest runs its first boot again with the next start.',
  })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => CloudInitInput)
  cloudInit?: CloudInitInput | null;

  @ApiPropertyOptional({
    type: () => PlacementInput,
    nullable: true,
    description: 'The whole new rules; null: none. They are looked at when it is placed, and move nothing.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => PlacementInput)
  placement?: PlacementInput | null;

  @ApiPropertyOptional({ type: () => RestartInput })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => RestartInput)
  restart?: RestartInput;

  @ApiPropertyOptional({
    type: Boolean,
    description:
      'When its host is lost it is started on another one. Needs all its disks in pools of kind shared-dir.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  failover?: boolean;

  @ApiPropertyOptional({ type: Boolean })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  deletionProtection?: boolean;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it is deleted by itself, unless it is protected then; null: never.',
  })
  @IsOptional()
  @IsRFC3339({ message: 'must be an RFC 3339 time' })
  expiresAt?: string | null;

  @ApiPropertyOptional({
    type: () => [NicPatch],
    description:
      'With ids: the whole new list. Without: the present nics in their order, then new ones. A nic without a request for its ports keeps them.',
  })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(8, { message: 'must have at most 8 entries' })
  @IsObject({ each: true, message: 'must be objects' })
  @ValidateNested({ each: true })
  @Type(() => NicPatch)
  nics?: NicPatch[];
}
