import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { SNAPSHOT_CONSISTENCIES, type SnapshotConsistency } from '../vocabulary.js';
import { Name, OptionalInteger, oneOf } from './fields.js';
import { OperationErrorView, OperationView } from './operation-view.js';
import { Filter, InProject, OneOf, PageQuery, type Sort, Sorted, UpdatedSince } from './queries.js';

export const SNAPSHOT_STATES = ['creating', 'ready', 'restoring', 'deleting', 'failed'] as const;
export type SnapshotState = (typeof SNAPSHOT_STATES)[number];

export const SNAPSHOT_FREEZES = ['auto', 'always', 'never'] as const;
/** `auto`: freeze the guest if its agent can, otherwise go on without. */
export type SnapshotFreeze = (typeof SNAPSHOT_FREEZES)[number];

const DESCRIPTION_MAX = 500;
const FREEZE_SECONDS_MAX = 60;
const FREEZE_SECONDS = 10;

export class CreateSnapshotInput {
  @Name({ description: 'Unique for its VM.', example: 'before-upgrade' })
  name!: string;

  @ApiPropertyOptional({ type: String, maxLength: DESCRIPTION_MAX })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(DESCRIPTION_MAX, { message: `must have at most ${DESCRIPTION_MAX} characters` })
  description?: string;

  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'The memory of the running guest too: restored, it goes on where it was.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  memory?: boolean;

  @ApiPropertyOptional({
    enum: SNAPSHOT_FREEZES,
    default: 'auto',
    description: 'Whether the guest agent holds the file systems still meanwhile; never with memory.',
  })
  @IsOptional()
  @IsIn(SNAPSHOT_FREEZES, oneOf(SNAPSHOT_FREEZES))
  freeze?: SnapshotFreeze;

  @OptionalInteger(1, FREEZE_SECONDS_MAX, {
    default: FREEZE_SECONDS,
    description: 'The guest is thawed then.',
  })
  freezeTimeoutSeconds?: number;
}

export class RestoreSnapshotInput {
  @ApiPropertyOptional({
    type: Boolean,
    description: 'Whether the guest goes on from the saved memory. Default: if the snapshot has it.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  memory?: boolean;
}

export class CloneVmInput {
  @Name()
  name!: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Name or id of a snapshot of the VM. Left out: the VM as it is now.',
  })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  snapshot?: string;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Start it once its disks are made.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  start?: boolean;
}

/** A disk as a snapshot of its VM holds it. */
export class SnapshotSource {
  @ApiProperty({ type: String, format: 'uuid' })
  @IsUUID('all', { message: 'must be a UUID' })
  snapshot!: string;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    description: 'Left out where the snapshot has only one.',
  })
  @IsOptional()
  @IsUUID('all', { message: 'must be a UUID' })
  disk?: string;
}

export class ListVmSnapshotsQuery extends PageQuery {
  @OneOf(SNAPSHOT_STATES) state?: SnapshotState;
  @Filter() name?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('named') sort?: Sort;
}

export class ListSnapshotsQuery extends PageQuery {
  @OneOf(SNAPSHOT_STATES) state?: SnapshotState;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'Snapshots of this VM.' })
  @IsOptional()
  @IsUUID('all', { message: 'must be a UUID' })
  vm?: string;

  @Filter() name?: string;
  @InProject() project?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('named') sort?: Sort;
}

export class SnapshotDiskView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: 'integer' }) sizeBytes!: number;
  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'The pool that it lies in.' })
  pool?: string;
}

export class SnapshotMachineView {
  @ApiProperty({ type: 'integer' }) vcpus!: number;
  @ApiProperty({ type: 'integer' }) memoryMiB!: number;
  @ApiProperty({ type: String }) machine!: string;
  @ApiProperty({ type: String }) firmware!: string;
  @ApiProperty({ type: 'integer', description: 'How many NICs it had.' }) nics!: number;
}

export class SnapshotVmRef {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
}

export class SnapshotView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String }) description!: string;
  @ApiProperty({ type: String }) project!: string;
  @ApiProperty({ type: () => SnapshotVmRef }) vm!: SnapshotVmRef;
  @ApiProperty({ enum: SNAPSHOT_STATES }) state!: SnapshotState;
  @ApiPropertyOptional({ type: () => OperationErrorView, description: 'Why it failed.' })
  failure?: OperationErrorView;
  @ApiProperty({ type: Boolean, description: 'It holds the memory of the guest.' }) memory!: boolean;
  @ApiProperty({ enum: SNAPSHOT_FREEZES, description: 'What was asked for.' }) freeze!: SnapshotFreeze;
  @ApiPropertyOptional({
    enum: SNAPSHOT_CONSISTENCIES,
    description: '`crash-consistent`: as after a power cut. `stopped`: the VM was off.',
  })
  consistency?: SnapshotConsistency;
  @ApiPropertyOptional({ type: 'integer', description: 'What it took on the host when it was made.' })
  bytes?: number;
  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'The moment that it shows.' })
  takenAt?: string;
  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'The snapshot before it.' })
  parent?: string;
  @ApiProperty({ type: Boolean, description: 'The VM comes from it.' }) current!: boolean;
  @ApiProperty({ type: () => [SnapshotDiskView] }) disks!: SnapshotDiskView[];
  @ApiProperty({ type: () => SnapshotMachineView, description: 'The machine at that time.' })
  machine!: SnapshotMachineView;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class SnapshotListView {
  @ApiProperty({ type: () => [SnapshotView] }) items!: SnapshotView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class SnapshotChangeView {
  @ApiPropertyOptional({ type: () => SnapshotView, description: 'Left out once it is gone.' })
  snapshot?: SnapshotView;
  @ApiProperty({ type: () => OperationView }) operation!: OperationView;
}
