import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalText } from './disk-fields.js';
import { NamedRef } from './disks.js';
import { Labels, Name } from './fields.js';
import { Filter, OneOf, PageQuery, type Sort, Sorted } from './queries.js';

export const STRAY_DISK_STATES = ['seen', 'quarantined'] as const;
/** `seen`: still in its place. */
export type StrayDiskState = (typeof STRAY_DISK_STATES)[number];

export class RestoreStrayDiskInput {
  @Name({ description: 'Of the disk that it becomes; unique in its project.', example: 'found-1' })
  name!: string;

  @OptionalText('Only for tokens that are not bound to a project.')
  project?: string;

  @Labels()
  labels?: Record<string, string>;
}

export class ListStrayDisksQuery extends PageQuery {
  @OneOf(STRAY_DISK_STATES) state?: StrayDiskState;
  @Filter('Name or id of a pool.') pool?: string;
  @Filter('Name or id of a host.') host?: string;
  @Sorted('nameless') sort?: Sort;
}

export class StrayDiskView {
  @ApiProperty({ type: String, format: 'uuid', description: 'Of the disk that it was.' }) id!: string;
  @ApiProperty({ enum: STRAY_DISK_STATES }) state!: StrayDiskState;
  @ApiProperty({ type: () => NamedRef }) pool!: NamedRef;
  @ApiProperty({ type: () => NamedRef, description: 'The host that tells of it.' }) host!: NamedRef;
  @ApiProperty({ type: 'integer', description: 'What it takes in the pool.' }) fileBytes!: number;
  @ApiProperty({ type: 'integer', description: 'What a guest would see; 0 when it does not say.' })
  sizeBytes!: number;
  @ApiProperty({ type: String, format: 'date-time' }) firstSeenAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) lastSeenAt!: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) quarantinedAt?: string;
  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'When it is destroyed.' })
  purgeAt?: string;
  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'What its host is at.' })
  operationId?: string;
}

export class StrayDiskListView {
  @ApiProperty({ type: () => [StrayDiskView] }) items!: StrayDiskView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}
