import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNumber, IsOptional, Max, Min } from 'class-validator';
import { POOL_KINDS, type PoolKind } from '../vocabulary.js';
import { OptionalInteger } from './fields.js';
import { Filter, OneOf, PageQuery, type Sort, Sorted, UpdatedSince } from './queries.js';

const OVERCOMMIT_MIN = 0.01;
const OVERCOMMIT_MAX = 1000;

export class PatchPoolInput {
  @ApiPropertyOptional({
    type: 'number',
    minimum: OVERCOMMIT_MIN,
    maximum: OVERCOMMIT_MAX,
    example: 2.5,
    description: 'What may be promised to disks, as a multiple of the capacity.',
  })
  @IsOptional()
  @IsNumber({ maxDecimalPlaces: 2 }, { message: 'must be a number with at most two decimals' })
  @Min(OVERCOMMIT_MIN, { message: `must be at least ${OVERCOMMIT_MIN}` })
  @Max(OVERCOMMIT_MAX, { message: `must be at most ${OVERCOMMIT_MAX}` })
  overcommit?: number;

  @OptionalInteger(1, 100, { description: 'How full it may be, in percent, before it takes nothing new.' })
  watermarkPercent?: number;
}

export class ListPoolsQuery extends PageQuery {
  @Filter() name?: string;
  @OneOf(POOL_KINDS) kind?: PoolKind;
  @Filter('Name or id of a host.') host?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('named') sort?: Sort;
}

export class PoolHostView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: Boolean }) available!: boolean;
  @ApiProperty({ type: String, description: 'Why it cannot be used there.' }) reason!: string;
}

export class PoolView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, description: 'Each host has a pool `local`.' }) name!: string;
  @ApiProperty({ enum: POOL_KINDS }) kind!: PoolKind;
  @ApiProperty({ type: 'integer' }) capacityBytes!: number;
  @ApiProperty({ type: 'integer', description: 'As the hosts see it.' }) freeBytes!: number;
  @ApiProperty({ type: 'integer', description: 'Promised to disks, whatever they have written.' })
  reservedBytes!: number;
  @ApiProperty({ type: 'number', description: 'What may be promised, as a multiple of the capacity.' })
  overcommit!: number;
  @ApiProperty({ type: 'integer', description: 'Fuller than this it takes nothing new.' })
  watermarkPercent!: number;
  @ApiProperty({ type: Boolean, description: 'One of its hosts can use it, and it is not too full.' })
  acceptsDisks!: boolean;
  @ApiProperty({ type: 'integer' }) diskCount!: number;
  @ApiProperty({ type: () => [PoolHostView] }) hosts!: PoolHostView[];
  @ApiProperty({ type: String, format: 'date-time', description: 'Not by what is written to it.' })
  updatedAt!: string;
}

export class PoolListView {
  @ApiProperty({ type: () => [PoolView] }) items!: PoolView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}
