import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import { VM_STATES, type VmState } from '../vocabulary.js';
import { oneOf } from './fields.js';
import { OPERATION_STATUSES, type OperationStatus } from './operation-status.js';

export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 1000;
export const VM_SORTS = ['createdAt', '-createdAt', 'name', '-name'] as const;
export type VmSort = (typeof VM_SORTS)[number];
export const WAIT_GOALS = ['running', 'stopped', 'ready'] as const;
export type WaitGoal = (typeof WAIT_GOALS)[number];
export const WAIT_SECONDS_MAX = 120;

const DURATION = /^(\d{1,3})s?$/;

/** An optional word that items must match. */
export function Filter(description?: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: String, maxLength: 63, description }),
    IsOptional(),
    IsString({ message: 'must be a string' }),
    MaxLength(63, { message: 'must have at most 63 characters' }),
  );
}

/** Which labels items must have. */
export function LabelSelector() {
  return applyDecorators(
    ApiPropertyOptional({
      type: String,
      maxLength: 330,
      description: '`key` or `key=value`; several, comma separated, must all hold.',
      example: 'tier=web',
    }),
    IsOptional(),
    IsString({ message: 'must be a string' }),
    MaxLength(330, { message: 'must have at most 330 characters' }),
  );
}

export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: PAGE_MAX, default: PAGE_DEFAULT })
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be an integer' })
  @Min(1, { message: 'must be at least 1' })
  @Max(PAGE_MAX, { message: `must be at most ${PAGE_MAX}` })
  limit?: number;

  @ApiPropertyOptional({ type: String, description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(500, { message: 'must have at most 500 characters' })
  cursor?: string;
}

export class ListVmsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: VM_STATES })
  @IsOptional()
  @IsIn(VM_STATES, oneOf(VM_STATES))
  state?: VmState;

  @ApiPropertyOptional({ type: String, description: 'Name or id of a host.' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  host?: string;

  @ApiPropertyOptional({ type: String, description: '`key` or `key=value`.', example: 'tier=web' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(330, { message: 'must have at most 330 characters' })
  label?: string;

  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  name?: string;

  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  project?: string;

  @ApiPropertyOptional({ enum: VM_SORTS, default: 'createdAt' })
  @IsOptional()
  @IsIn(VM_SORTS, oneOf(VM_SORTS))
  sort?: VmSort;
}

export class ListOperationsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: OPERATION_STATUSES })
  @IsOptional()
  @IsIn(OPERATION_STATUSES, oneOf(OPERATION_STATUSES))
  status?: OperationStatus;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'Operations of this VM.' })
  @IsOptional()
  @IsUUID('all', { message: 'must be a UUID' })
  vm?: string;

  @ApiPropertyOptional({ type: String, example: 'vm.start' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  kind?: string;

  @ApiPropertyOptional({ enum: ['user', 'observer', 'system'] })
  @IsOptional()
  @IsIn(['user', 'observer', 'system'], oneOf(['user', 'observer', 'system']))
  origin?: 'user' | 'observer' | 'system';
}

/** Seconds as a number or with an `s`, at most WAIT_SECONDS_MAX. */
export function secondsOf(text: string): number | undefined {
  const seconds = Number(DURATION.exec(text)?.[1] ?? Number.NaN);
  return seconds <= WAIT_SECONDS_MAX ? seconds : undefined;
}

export class GetOperationQuery {
  @ApiPropertyOptional({ type: String, example: '30s', description: `At most ${WAIT_SECONDS_MAX}s.` })
  @IsOptional()
  @Matches(DURATION, { message: 'must be seconds, such as 30s' })
  wait?: string;
}

export class WaitForVmQuery {
  @ApiPropertyOptional({ enum: WAIT_GOALS, default: 'ready' })
  @IsOptional()
  @IsIn(WAIT_GOALS, oneOf(WAIT_GOALS))
  for?: WaitGoal;

  @ApiPropertyOptional({ type: String, example: '60s', description: `At most ${WAIT_SECONDS_MAX}s.` })
  @IsOptional()
  @Matches(DURATION, { message: 'must be seconds, such as 60s' })
  timeout?: string;
}

export const CONSOLE_LOG_BYTES_DEFAULT = 64 * 1024;
export const CONSOLE_LOG_BYTES_MAX = 512 * 1024;

export class ConsoleLogQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: CONSOLE_LOG_BYTES_MAX,
    default: CONSOLE_LOG_BYTES_DEFAULT,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be an integer' })
  @Min(1, { message: 'must be at least 1' })
  @Max(CONSOLE_LOG_BYTES_MAX, { message: `must be at most ${CONSOLE_LOG_BYTES_MAX}` })
  tailBytes?: number;
}
