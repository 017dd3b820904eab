import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsOptional,
  IsRFC3339,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { VM_STATES, type VmState } from '../vocabulary.js';
import { oneOf } from './fields.js';
import { OPERATION_STATUSES, type OperationStatus } from './operation-status.js';

export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 1000;
/** How lists may be ordered; those of what has no name by the first two alone. */
export const SORTS = ['createdAt', '-createdAt', 'name', '-name'] as const;
export type Sort = (typeof SORTS)[number];
/** Whether a list shows what is in the trash. */
export const TRASHES = ['without', 'with', 'only'] as const;
export type Trash = (typeof TRASHES)[number];
export const WAIT_GOALS = ['running', 'stopped', 'ready'] as const;
export type WaitGoal = (typeof WAIT_GOALS)[number];
export const WAIT_SECONDS_MAX = 120;

/** As much as Node takes of an address: what is longer than any name finds nothing, and is no fault. */
const FILTER_MAX = 16 * 1024;
const DURATION = /^(\d{1,3})s?$/;

/** An optional word that items must match. */
export function Filter(description?: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: String, maxLength: FILTER_MAX, description }),
    IsOptional(),
    IsString({ message: 'must be a string' }),
    MaxLength(FILTER_MAX, { message: `must have at most ${FILTER_MAX} characters` }),
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

/** The order of a list; `named`: its items have names. */
export function Sorted(items: 'named' | 'nameless', usual: Sort = 'createdAt') {
  const known = items === 'named' ? SORTS : SORTS.slice(0, 2);
  return applyDecorators(
    ApiPropertyOptional({ enum: known, default: usual }),
    IsOptional(),
    IsIn(known, oneOf(known)),
  );
}

/** Only items that were changed at this time or later. */
export function UpdatedSince() {
  return applyDecorators(
    ApiPropertyOptional({ type: String, format: 'date-time', description: 'Changed then or later.' }),
    IsOptional(),
    IsRFC3339({ message: 'must be an RFC 3339 time' }),
  );
}

/** Of what does not change: when it was. */
export function TimeLimit(description: 'Not before.' | 'Before.') {
  return applyDecorators(
    ApiPropertyOptional({ type: String, format: 'date-time', description }),
    IsOptional(),
    IsRFC3339({ message: 'must be an RFC 3339 time' }),
  );
}

/** One of the words that items have in this field. */
export function OneOf(words: readonly string[]) {
  return applyDecorators(ApiPropertyOptional({ enum: [...words] }), IsOptional(), IsIn(words, oneOf(words)));
}

const WITHIN = 'Of this project; a token that is bound to one sees no other.';
export const InProject = () => Filter(WITHIN);

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
  @OneOf(VM_STATES) state?: VmState;
  @Filter('Name or id of a host.') host?: string;
  @LabelSelector() label?: string;
  @Filter() name?: string;
  @InProject() project?: string;
  @UpdatedSince() updatedSince?: string;

  @ApiPropertyOptional({ enum: TRASHES, default: 'without', description: 'What is in the trash.' })
  @IsOptional()
  @IsIn(TRASHES, oneOf(TRASHES))
  trash?: Trash;

  @Sorted('named') sort?: Sort;
}

export class DeleteVmQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'Destroy it now, in the trash or not.',
  })
  @IsOptional()
  @IsIn(['true', 'false'], oneOf(['true', 'false']))
  purge?: 'true' | 'false';

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'Keep it in the trash until then. Left out: as long as its project says.',
  })
  @IsOptional()
  @IsRFC3339({ message: 'must be an RFC 3339 time' })
  purgeAt?: string;
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

  @InProject() project?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('nameless', '-createdAt') sort?: Sort;
}

/** Seconds as a number or with an `s`, at most WAIT_SECONDS_MAX. */
export function secondsOf(text: string): number | undefined {
  const seconds = Number(DURATION.exec(text)?.[1] ?? Number.NaN);
  return seconds <= WAIT_SECONDS_MAX ? seconds : undefined;
}

export class GetOperationQuery {
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'Beside `wait`: an `updatedAt` that is known; answered as soon as it has changed since.',
  })
  @IsOptional()
  @IsRFC3339({ message: 'must be an RFC 3339 time' })
  changedSince?: string;

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
