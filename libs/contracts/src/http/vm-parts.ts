/** What a VM consists of: its disks, NICs, ports and restart policy, as requests name them. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsIP,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  FORWARD_PROTOCOLS,
  type ForwardProtocol,
  NIC_KINDS,
  type NicKind,
  RESTART_POLICIES,
  type RestartPolicyName,
} from '../vocabulary.js';
import { DiskModesInput, OptionalText } from './disk-fields.js';
import { DISK_GIB_MAX, NetworkName, OptionalInteger, oneOf, UNPLUG_SECONDS_MAX } from './fields.js';

const IPV4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}$/;
/** The second digit says: one station, and nobody's vendor. */
const LOCAL_MAC = /^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/i;
const BOOT_ORDER_MAX = 1000;

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
  @NetworkName({ description: 'Name or id of a network. Left out: the user network.' })
  network?: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['10.20.0.7'],
    description:
      'Asked for, at most one of IPv4 and one of IPv6. Left out: the next free one of the network.',
  })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(2, { message: 'must have at most 2 entries' })
  @IsIP(undefined, { each: true, message: 'must be IP addresses' })
  addresses?: string[];

  @ApiPropertyOptional({
    type: String,
    example: '52:54:00:12:34:56',
    description: 'A locally administered unicast one. Left out: a new one.',
  })
  @IsOptional()
  @Matches(LOCAL_MAC, { message: 'must be a locally administered unicast MAC, such as 52:54:00:12:34:56' })
  mac?: string;

  @ApiPropertyOptional({ enum: NIC_KINDS, description: 'Of the network; left out: whatever it is.' })
  @IsOptional()
  @IsIn(NIC_KINDS, oneOf(NIC_KINDS))
  kind?: NicKind;

  @ApiPropertyOptional({ type: () => [PortForwardInput] })
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(64, { message: 'must have at most 64 entries' })
  @IsObject({ each: true, message: 'must be objects' })
  @ValidateNested({ each: true })
  @Type(() => PortForwardInput)
  portForwards?: PortForwardInput[];
}

export class DiskInput extends DiskModesInput {
  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    description: 'A disk that is there: the VM holds it from then on. Left out: a new one is made.',
  })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  id?: string;

  @OptionalText('Name or id of the pool of a new disk. Left out: `local`, the storage folder of the host.')
  pool?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'Whether it outlives the VM. Left out: only when it was there before.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  keepOnDelete?: boolean;

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

/** One disk of the new list: with its id one that is there, without it a new one. */
export class DiskPatch extends DiskInput {
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

/**
 * One nic of the new list: with its id, or by its position when no entry has one. Network, addresses and MAC are those
 * of a new one; a present one keeps its own for life.
 */
export class NicPatch extends NicInput {
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  id?: string;
}
