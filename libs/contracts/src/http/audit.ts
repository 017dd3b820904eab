/** The record of who changed what, or was refused to. */
import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID, Matches } from 'class-validator';
import { oneOf } from './fields.js';
import { RESOURCE_KINDS, type ResourceKind } from './operation-status.js';
import { Filter, PageQuery, type Sort, Sorted, TimeLimit } from './queries.js';

export const AUDIT_OUTCOMES = ['pending', 'succeeded', 'failed', 'cancelled', 'refused'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export const AUTH_METHODS = ['token', 'none'] as const;
/** `none`: VMAN itself. */
export type AuthMethod = (typeof AUTH_METHODS)[number];

const VERB_GLOB = /^[a-z*][a-z.*-]{0,63}$/;

/** What rows are wanted; all that is given must hold. */
export class AuditFilterQuery {
  @Filter('Name of a token.') actor?: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'Id of a token.' })
  @IsOptional()
  @IsUUID(undefined, { message: 'must be a UUID' })
  actorId?: string;

  @ApiPropertyOptional({ type: String, description: 'A verb, or a glob: `vm.*`.', example: 'vm.*' })
  @IsOptional()
  @Matches(VERB_GLOB, { message: 'must be a verb or a glob such as vm.*' })
  verb?: string;

  @ApiPropertyOptional({ enum: RESOURCE_KINDS })
  @IsOptional()
  @IsIn(RESOURCE_KINDS, oneOf(RESOURCE_KINDS))
  resourceKind?: ResourceKind;

  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @IsOptional()
  @IsUUID(undefined, { message: 'must be a UUID' })
  resource?: string;

  @Filter() project?: string;

  @ApiPropertyOptional({ enum: AUDIT_OUTCOMES })
  @IsOptional()
  @IsIn(AUDIT_OUTCOMES, oneOf(AUDIT_OUTCOMES))
  outcome?: AuditOutcome;

  @TimeLimit('Not before.') since?: string;
  @TimeLimit('Before.') until?: string;
  @Sorted('nameless', '-createdAt') sort?: Sort;
}

export class ListAuditQuery extends IntersectionType(AuditFilterQuery, PageQuery) {}

export class AuditResource {
  @ApiProperty({ enum: RESOURCE_KINDS }) kind!: ResourceKind;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) id?: string;
}

export class AuditView {
  @ApiProperty({ type: 'integer', description: 'Grows; there may be holes.' }) id!: number;
  @ApiProperty({ type: String, format: 'date-time' }) time!: string;
  @ApiProperty({ type: String, description: 'Name of the token, or of the part of VMAN.' }) actor!: string;
  @ApiProperty({ enum: AUTH_METHODS, description: 'How it was known who asked.' })
  authenticatedBy!: AuthMethod;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) tokenId?: string;
  @ApiProperty({ type: String, description: 'Where the request came from.' }) address!: string;
  @ApiPropertyOptional({ type: String, description: 'Left out: of the whole fleet.' }) project?: string;
  @ApiProperty({ type: String, example: 'vm.start' }) verb!: string;
  @ApiPropertyOptional({ type: () => AuditResource }) resource?: AuditResource;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) operationId?: string;
  @ApiProperty({ enum: AUDIT_OUTCOMES, description: 'pending: its operation has not ended.' })
  outcome!: AuditOutcome;
  @ApiPropertyOptional({ type: String, description: 'Why it failed, or was refused.' }) code?: string;
  @ApiProperty({ type: String }) requestId!: string;
}

export class AuditListView {
  @ApiProperty({ type: () => [AuditView] }) items!: AuditView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}
