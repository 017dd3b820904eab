/** Projects own resources; a quota limits what one may take of the fleet. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min, ValidateIf } from 'class-validator';
import { Labels, Name } from './fields.js';
import { Filter, InProject, LabelSelector, PageQuery, type Sort, Sorted, UpdatedSince } from './queries.js';

const LIMIT_MAX = 1_000_000_000;

function Description() {
  return applyDecorators(
    ApiPropertyOptional({ type: String, maxLength: 200 }),
    IsOptional(),
    IsString({ message: 'must be a string' }),
    MaxLength(200, { message: 'must have at most 200 characters' }),
  );
}

/** Where a resource goes: the optional name of a project. */
export function ProjectName(description = 'Left out: that of the token, or `default`.') {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description, example: 'shop', maxLength: 63 }),
    IsOptional(),
    IsString({ message: 'must be a string' }),
    MaxLength(63, { message: 'must have at most 63 characters' }),
  );
}

const RETENTION_MAX_SECONDS = 365 * 24 * 3600;

export class PatchProjectInput {
  @Description()
  description?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: RETENTION_MAX_SECONDS,
    nullable: true,
    description: 'How long deleted VMs stay in the trash; 0: not at all, null: as the server says.',
  })
  @IsOptional()
  @IsInt({ message: 'must be an integer' })
  @Min(0, { message: 'must be at least 0' })
  @Max(RETENTION_MAX_SECONDS, { message: `must be at most ${RETENTION_MAX_SECONDS}` })
  trashRetentionSeconds?: number | null;

  @Labels('patch')
  labels?: Record<string, string | null>;
}

export class CreateProjectInput {
  @Name({ description: 'Unique, and for good.', example: 'shop' })
  name!: string;

  @Description()
  description?: string;

  @Labels()
  labels?: Record<string, string>;
}

export class ListProjectsQuery extends PageQuery {
  @Filter() name?: string;
  @LabelSelector() label?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('named', 'name') sort?: Sort;
}

export class ListQuotasQuery extends PageQuery {
  @InProject() project?: string;
  @Sorted('named', 'name') sort?: Sort;
}

export class ProjectView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String }) description!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiPropertyOptional({ type: 'integer', description: 'Left out: as the server says.' })
  trashRetentionSeconds?: number;
  @ApiProperty({ type: 'integer' }) generation!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class ProjectListView {
  @ApiProperty({ type: () => [ProjectView] }) items!: ProjectView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

/** A number, or null for no limit; left out: as it is. */
function Limit(description: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: LIMIT_MAX, nullable: true, description }),
    ValidateIf((_object, value) => value !== undefined && value !== null),
    IsInt({ message: 'must be an integer, or null for no limit' }),
    Min(0, { message: 'must be at least 0' }),
    Max(LIMIT_MAX, { message: `must be at most ${LIMIT_MAX}` }),
  );
}

/** A merge patch: null takes a limit away. */
export class PatchQuotaInput {
  @Limit('VMs, whatever their state.') vms?: number | null;
  @Limit('CPUs of all VMs together.') vcpus?: number | null;
  @Limit('Memory of all VMs together.') memoryMiB?: number | null;
  @Limit('Size of all disks together, those of VMs too.') diskGiB?: number | null;
  @Limit('Addresses that VMs hold or somebody reserved.') addresses?: number | null;
  @Limit('Snapshots.') snapshots?: number | null;
}

export class QuotaLimits {
  @ApiProperty({ type: 'integer', nullable: true }) vms!: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) vcpus!: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) memoryMiB!: number | null;
  @ApiProperty({ type: Number, nullable: true }) diskGiB!: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) addresses!: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) snapshots!: number | null;
}

export class QuotaUsage {
  @ApiProperty({ type: 'integer' }) vms!: number;
  @ApiProperty({ type: 'integer' }) vcpus!: number;
  @ApiProperty({ type: 'integer' }) memoryMiB!: number;
  @ApiProperty({ type: Number }) diskGiB!: number;
  @ApiProperty({ type: 'integer' }) addresses!: number;
  @ApiProperty({ type: 'integer' }) snapshots!: number;
}

export class QuotaView {
  @ApiProperty({ type: String, format: 'uuid', description: 'Of the project.' }) id!: string;
  @ApiProperty({ type: String }) project!: string;
  @ApiProperty({ type: () => QuotaLimits, description: 'null: no limit.' }) limits!: QuotaLimits;
  @ApiProperty({ type: () => QuotaUsage }) usage!: QuotaUsage;
  @ApiProperty({ type: 'integer' }) generation!: number;
}

export class QuotaListView {
  @ApiProperty({ type: () => [QuotaView] }) items!: QuotaView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}
