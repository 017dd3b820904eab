import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { NAME_PATTERN, OptionalInteger, oneOf } from './fields.js';
import { OperationView } from './operation-view.js';
import { Filter, InProject, OneOf, PageQuery, type Sort, Sorted, UpdatedSince } from './queries.js';
import { SNAPSHOT_FREEZES, type SnapshotFreeze } from './snapshots.js';

export const BACKUP_KINDS = ['full', 'incremental'] as const;
export type BackupKind = (typeof BACKUP_KINDS)[number];
export const BACKUP_STATES = ['creating', 'ready', 'failed', 'damaged', 'deleting'] as const;
export type BackupState = (typeof BACKUP_STATES)[number];
export const BACKUP_CONSISTENCIES = ['crash-consistent', 'frozen', 'off'] as const;
export type BackupConsistency = (typeof BACKUP_CONSISTENCIES)[number];

const FREEZE_SECONDS_MAX = 60;
const POOL_TEXT_MAX = 64;

export class CreateBackupInput {
  @ApiProperty({ type: String, example: 'far', description: 'Name or id of a pool of the host.' })
  @IsString({ message: 'must be the name or id of a pool' })
  @MaxLength(POOL_TEXT_MAX, { message: `must have at most ${POOL_TEXT_MAX} characters` })
  pool!: string;

  @ApiPropertyOptional({
    enum: BACKUP_KINDS,
    default: 'full',
    description:
      'incremental: what was written since the last one in this pool; a full one where there is none.',
  })
  @IsOptional()
  @IsIn(BACKUP_KINDS, oneOf(BACKUP_KINDS))
  kind?: BackupKind;

  @ApiPropertyOptional({
    enum: SNAPSHOT_FREEZES,
    default: 'auto',
    description:
      'Whether the guest agent holds the file systems still for the moment of the backup: if it can, or no backup without it, or not at all.',
  })
  @IsOptional()
  @IsIn(SNAPSHOT_FREEZES, oneOf(SNAPSHOT_FREEZES))
  freeze?: SnapshotFreeze;

  @OptionalInteger(1, FREEZE_SECONDS_MAX, {
    default: 10,
    description: 'The guest is thawed after so many seconds, whatever happens.',
  })
  freezeTimeoutSeconds?: number;
}

export class RestoreBackupInput {
  @ApiPropertyOptional({
    type: String,
    pattern: NAME_PATTERN.source,
    description: 'Name of the new VM. Left out with `inPlace`.',
  })
  @IsOptional()
  @Matches(NAME_PATTERN, { message: 'must be a name for the new VM' })
  name?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'Replace the disks of the VM that was backed up.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  inPlace?: boolean;

  @ApiPropertyOptional({ type: String, description: 'Name or id of the host of the new VM. Left out: any.' })
  @IsOptional()
  @IsString({ message: 'must be the name or id of a host' })
  @MaxLength(253, { message: 'must have at most 253 characters' })
  host?: string;

  @ApiPropertyOptional({ type: String, description: 'Pool of the disks. Left out: the one of the host.' })
  @IsOptional()
  @IsString({ message: 'must be the name or id of a pool' })
  @MaxLength(POOL_TEXT_MAX, { message: `must have at most ${POOL_TEXT_MAX} characters` })
  pool?: string;

  @ApiPropertyOptional({ enum: ['running', 'stopped'], default: 'running', description: 'Of a new VM.' })
  @IsOptional()
  @IsIn(['running', 'stopped'], oneOf(['running', 'stopped']))
  desiredState?: 'running' | 'stopped';
}

export class ListBackupsQuery extends PageQuery {
  @Filter('Name or id of the VM that it was made of.') vm?: string;
  @Filter('Name or id of a pool.') pool?: string;
  @OneOf(BACKUP_STATES) state?: BackupState;
  @InProject() project?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('nameless', '-createdAt') sort?: Sort;
}

export class DeleteBackupQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'Delete those that add to it as well.' })
  @IsOptional()
  @IsIn(['true', 'false'], oneOf(['true', 'false']))
  cascade?: 'true' | 'false';
}

export class BackupVmRef {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, description: 'As it was called then.' }) name!: string;
}

export class BackupDiskView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: 'integer' }) sizeBytes!: number;
  @ApiProperty({ type: 'integer', description: 'Of its file; an incremental one holds what was written.' })
  fileBytes!: number;
  @ApiProperty({ type: String, description: 'Of its file; empty until it was made.' }) sha256!: string;
}

export class BackupErrorView {
  @ApiProperty({ type: String }) code!: string;
  @ApiProperty({ type: String }) message!: string;
}

export class BackupView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) project!: string;
  @ApiProperty({ type: () => BackupVmRef, description: 'It may be gone.' }) vm!: BackupVmRef;
  @ApiProperty({ type: String, format: 'uuid' }) poolId!: string;
  @ApiProperty({ enum: BACKUP_STATES }) state!: BackupState;
  @ApiProperty({ enum: BACKUP_KINDS }) kind!: BackupKind;
  @ApiProperty({ enum: BACKUP_KINDS }) requestedKind!: BackupKind;
  @ApiProperty({
    type: String,
    description: 'Why it is a full one although an incremental one was asked for.',
  })
  fallbackReason!: string;
  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'The backup that it adds to.' })
  parentId?: string;
  @ApiPropertyOptional({ enum: BACKUP_CONSISTENCIES }) consistency?: BackupConsistency;
  @ApiProperty({ type: () => [BackupDiskView] }) disks!: BackupDiskView[];
  @ApiProperty({ type: 'integer', description: 'What its files take.' }) fileBytes!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'The moment that it shows.' })
  takenAt?: string;
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When its files were last read again and fitted their checksums.',
  })
  verifiedAt?: string;
  @ApiPropertyOptional({ type: () => BackupErrorView }) error?: BackupErrorView;
}

export class BackupListView {
  @ApiProperty({ type: () => [BackupView] }) items!: BackupView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class BackupChangeView {
  @ApiPropertyOptional({ type: () => BackupView, description: 'Absent once it is deleted.' })
  backup?: BackupView;
  @ApiProperty({ type: () => OperationView }) operation!: OperationView;
}
