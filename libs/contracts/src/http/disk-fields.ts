/** What requests say of a disk, wherever it is named. */
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { DISK_CACHES, DISK_DISCARDS, type DiskCache, type DiskDiscard } from '../vocabulary.js';
import { OptionalInteger, oneOf } from './fields.js';

const IOPS_MAX = 10_000_000;
const RATE_MAX = 2 ** 40;
const LIMIT = { description: '0: no limit.' };

/** What a disk may do at most; what is left out has no limit. */
export class IoLimitsInput {
  @OptionalInteger(0, IOPS_MAX, LIMIT)
  readIops?: number;

  @OptionalInteger(0, IOPS_MAX, LIMIT)
  writeIops?: number;

  @OptionalInteger(0, RATE_MAX, LIMIT)
  readBytesPerSecond?: number;

  @OptionalInteger(0, RATE_MAX, LIMIT)
  writeBytesPerSecond?: number;
}

export function OptionalText(description: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description }),
    IsOptional(),
    IsString({ message: 'must be a string' }),
    MinLength(1, { message: 'must not be empty' }),
    MaxLength(63, { message: 'must have at most 63 characters' }),
  );
}

export function OptionalFlag(description: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: Boolean, default: false, description }),
    IsOptional(),
    IsBoolean({ message: 'must be true or false' }),
  );
}

/** How a disk is opened. */
export class DiskModesInput {
  @ApiPropertyOptional({
    enum: DISK_CACHES,
    default: 'writeback',
    description: 'How the host caches what the guest writes. A change takes effect with the next start.',
  })
  @IsOptional()
  @IsIn(DISK_CACHES, oneOf(DISK_CACHES))
  cache?: DiskCache;

  @ApiPropertyOptional({
    enum: DISK_DISCARDS,
    default: 'unmap',
    description:
      'Whether what the guest discards gives room back. A change takes effect with the next start.',
  })
  @IsOptional()
  @IsIn(DISK_DISCARDS, oneOf(DISK_DISCARDS))
  discard?: DiskDiscard;

  @ApiPropertyOptional({ type: () => IoLimitsInput, description: 'Takes effect at once.' })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => IoLimitsInput)
  ioLimits?: IoLimitsInput;
}
