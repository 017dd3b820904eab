/** The feed of events: what happened, numbered in the order in which it was committed. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID, Matches } from 'class-validator';
import { ORIGINS, type Origin } from '../vocabulary.js';
import { oneOf } from './fields.js';
import { RESOURCE_KINDS, type ResourceKind } from './operation-status.js';
import { InProject, PageQuery, type Sort, Sorted, TimeLimit } from './queries.js';

const TYPE_GLOB = /^[a-z*][a-z.*-]{0,63}$/;

export class ListEventsQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, description: 'A type, or a glob: `vm.*`.', example: 'vm.*' })
  @IsOptional()
  @Matches(TYPE_GLOB, { message: 'must be a type of event or a glob such as vm.*' })
  type?: string;

  @ApiPropertyOptional({ enum: RESOURCE_KINDS })
  @IsOptional()
  @IsIn(RESOURCE_KINDS, oneOf(RESOURCE_KINDS))
  resourceKind?: ResourceKind;

  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @IsOptional()
  @IsUUID(undefined, { message: 'must be a UUID' })
  resource?: string;

  @InProject() project?: string;
  @TimeLimit('Not before.') since?: string;
  @TimeLimit('Before.') until?: string;
  @Sorted('nameless', '-createdAt') sort?: Sort;
}

export class EventResource {
  @ApiProperty({ enum: RESOURCE_KINDS }) kind!: ResourceKind;
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
}

/** Something that happened. */
export class EventView {
  @ApiProperty({ type: 'integer', description: 'Grows; there may be holes.' }) id!: number;
  @ApiProperty({ type: String, example: 'vm.state' }) type!: string;
  @ApiProperty({ type: String, format: 'date-time' }) time!: string;
  @ApiPropertyOptional({ type: String }) project?: string;
  @ApiProperty({ type: () => EventResource }) resource!: EventResource;
  @ApiPropertyOptional({ type: 'integer' }) generation?: number;
  @ApiPropertyOptional({ type: String, description: 'What it was before.' }) old?: string;
  @ApiPropertyOptional({ type: String, description: 'What it is now.' }) new?: string;
  @ApiProperty({ enum: ORIGINS }) cause!: Origin;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) operationId?: string;
  @ApiProperty({ type: String }) requestId!: string;
}

export class EventListView {
  @ApiProperty({ type: () => [EventView] }) items!: EventView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}
