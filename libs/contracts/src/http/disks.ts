import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, MaxLength, MinLength, ValidateNested } from 'class-validator';
import { DISK_CACHES, DISK_DISCARDS, type DiskCache, type DiskDiscard } from '../vocabulary.js';
import { DiskModesInput, OptionalFlag, OptionalText } from './disk-fields.js';
import { DISK_GIB_MAX, Labels, Name, OptionalInteger } from './fields.js';
import { OperationErrorView, OperationView } from './operation-view.js';
import {
  Filter,
  InProject,
  LabelSelector,
  OneOf,
  PageQuery,
  type Sort,
  Sorted,
  UpdatedSince,
} from './queries.js';
import { SnapshotSource } from './snapshots.js';

export const DISK_STATES = ['creating', 'available', 'attached', 'detaching', 'deleting', 'failed'] as const;
/** `available`: no machine has it. `failed`: it could not be made. */
export type DiskState = (typeof DISK_STATES)[number];

const BOOT_ORDER_MAX = 1000;

export class CreateDiskInput extends DiskModesInput {
  @Name({ description: 'Unique in its project.', example: 'data-1' })
  name!: string;

  @OptionalText('Only for tokens that are not bound to a project.')
  project?: string;

  @OptionalInteger(1, DISK_GIB_MAX, { description: 'Left out: the size of the template.' })
  sizeGiB?: number;

  @OptionalText('Name or id of a template: the disk is a linked clone of its image.')
  template?: string;

  @ApiPropertyOptional({
    type: () => SnapshotSource,
    description: 'Makes a full copy, on the host of the snapshot.',
  })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => SnapshotSource)
  source?: SnapshotSource;

  @OptionalText('Name or id of a pool. Left out: `local`, the storage folder of a host.')
  pool?: string;

  @OptionalText('Name or id of the host to make it on. Left out: one with room.')
  host?: string;

  @Labels()
  labels?: Record<string, string>;
}

export class PatchDiskInput extends DiskModesInput {
  @ApiPropertyOptional({ type: String, description: 'Unique in its project.' })
  @IsOptional()
  @Name({ required: false })
  name?: string;

  @OptionalInteger(1, DISK_GIB_MAX, { description: 'A disk never shrinks.' })
  sizeGiB?: number;

  @OptionalFlag('Whether it outlives the VM that holds it.')
  keepOnDelete?: boolean;

  @Labels('patch')
  labels?: Record<string, string | null>;
}

export class AttachInput {
  @ApiProperty({ type: String, description: 'Name or id of the VM.' })
  @IsString({ message: 'must be a string' })
  @MinLength(1, { message: 'must not be empty' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  vm!: string;

  @OptionalFlag('The guest cannot write to it.')
  readOnly?: boolean;

  @OptionalInteger(0, BOOT_ORDER_MAX, { description: 'The guest boots from the lowest; 0: never.' })
  bootOrder?: number;

  @OptionalFlag('Whether it outlives the VM. Default true: it was there before.')
  keepOnDelete?: boolean;
}

export class DetachInput {
  @OptionalInteger(1, 600, { default: 30, description: 'How long the guest may take to let go of it.' })
  timeoutSeconds?: number;
}

export class ListDisksQuery extends PageQuery {
  @OneOf(DISK_STATES) state?: DiskState;
  @Filter('Name or id of the VM that holds it.') vm?: string;
  @Filter('Name or id of a pool.') pool?: string;
  @Filter('Name or id of a host.') host?: string;
  @Filter() name?: string;
  @LabelSelector() label?: string;
  @InProject() project?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('named') sort?: Sort;
}

export class IoLimitsView {
  @ApiProperty({ type: 'integer' }) readIops!: number;
  @ApiProperty({ type: 'integer' }) writeIops!: number;
  @ApiProperty({ type: 'integer' }) readBytesPerSecond!: number;
  @ApiProperty({ type: 'integer' }) writeBytesPerSecond!: number;
}

/** What holds a disk, or where it lies. */
export class NamedRef {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
}

export class DiskResourceView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiPropertyOptional({ type: String, description: 'Left out for one that was made with its VM.' })
  name?: string;
  @ApiProperty({ type: String }) project!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  labels!: Record<string, string>;
  @ApiProperty({ enum: DISK_STATES }) state!: DiskState;
  @ApiPropertyOptional({ type: () => OperationErrorView, description: 'Why it could not be made.' })
  failure?: OperationErrorView;
  @ApiProperty({ type: 'integer' }) sizeBytes!: number;
  @ApiPropertyOptional({ type: 'integer', description: 'What it is being grown to.' })
  growingToBytes?: number;
  @ApiPropertyOptional({ type: () => NamedRef, description: 'The image below a linked clone.' })
  template?: NamedRef;
  @ApiPropertyOptional({ type: () => NamedRef, description: 'The VM that holds it.' }) vm?: NamedRef;
  @ApiProperty({ type: Boolean }) readOnly!: boolean;
  @ApiProperty({ type: 'integer' }) bootOrder!: number;
  @ApiProperty({ type: Boolean, description: 'It outlives the VM that holds it.' }) keepOnDelete!: boolean;
  @ApiProperty({ enum: DISK_CACHES }) cache!: DiskCache;
  @ApiProperty({ enum: DISK_DISCARDS }) discard!: DiskDiscard;
  @ApiPropertyOptional({ type: () => IoLimitsView }) ioLimits?: IoLimitsView;
  @ApiPropertyOptional({ type: () => NamedRef, description: 'Where it lies.' }) pool?: NamedRef;
  @ApiPropertyOptional({
    type: () => NamedRef,
    description: 'The host that it lies on; left out in a pool that hosts share.',
  })
  host?: NamedRef;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class DiskListView {
  @ApiProperty({ type: () => [DiskResourceView] }) items!: DiskResourceView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class DiskChangeView {
  @ApiPropertyOptional({ type: () => DiskResourceView, description: 'Left out once it is gone.' })
  disk?: DiskResourceView;
  @ApiPropertyOptional({ type: () => OperationView, description: 'Left out when there was nothing to do.' })
  operation?: OperationView;
}
