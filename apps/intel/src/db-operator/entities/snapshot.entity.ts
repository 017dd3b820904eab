import { Entity, PrimaryColumn } from 'typeorm';
import type { Machine, SnapshotConsistency } from '#libs/contracts';
import type { SnapshotFreeze, SnapshotState } from '#libs/contracts/http';
import { BigInt53, ChangedAt, Flag, Json, Text, Time, Uuid } from './columns.js';

/** A disk as a snapshot holds it. */
export interface SnapshotDisk {
  diskId: string;
  poolId: string | null;
  sizeBytes: number;
  bootOrder: number;
}

/** The machine at the moment of the snapshot. */
interface SnapshotMachine extends Machine {
  nics: number;
}

/** What a VM is being put back to, and what its power was before. */
export interface RestoreRow {
  snapshotId: string;
  restoreGeneration: number;
  memory: boolean;
  diskIds: string[];
  previousPower: 'running' | 'stopped' | 'paused';
}

@Entity('snapshots')
export class SnapshotEntity {
  @PrimaryColumn('uuid') id!: string;
  @Uuid('vm_id') vmId!: string;
  @Text('project') project!: string;
  @Text('name') name!: string;
  @Text('description') description!: string;
  /** The one that the VM had last taken, or was put back to, when it was taken. */
  @Uuid('parent_id', { nullable: true }) parentId!: string | null;
  @Flag('memory') memory!: boolean;
  @Text('freeze') freeze!: SnapshotFreeze;
  @Text('state') state!: Exclude<SnapshotState, 'restoring'>;
  @Text('consistency', { nullable: true }) consistency!: SnapshotConsistency | null;
  @BigInt53('bytes', { nullable: true }) bytes!: number | null;
  @Time('taken_at', { nullable: true }) takenAt!: Date | null;
  @Json('disks') disks!: SnapshotDisk[];
  @Json('machine') machine!: SnapshotMachine;
  /** Made to copy from, and removed afterwards. */
  @Flag('temporary') temporary!: boolean;
  @Text('failure_code') failureCode!: string;
  @Text('failure_message') failureMessage!: string;
  @Time('created_at') createdAt!: Date;
  @ChangedAt() updatedAt!: Date;
}
