import { Entity, PrimaryColumn } from 'typeorm';
import type { DiskCache, DiskDiscard, IoLimits } from '#libs/contracts';
import type { BackupConsistency, BackupKind, BackupState, SnapshotFreeze } from '#libs/contracts/http';
import { BigInt53, ChangedAt, Json, Text, Time, Uuid } from './columns.js';
import type { VmEntity } from './vm.entity.js';

/** What a VM is made of again, without identity and secrets. */
export interface BackupSpec
  extends Pick<
    VmEntity,
    | 'labels'
    | 'vcpus'
    | 'memoryMib'
    | 'machine'
    | 'firmware'
    | 'cpuModel'
    | 'maxVcpus'
    | 'maxMemoryMib'
    | 'balloonMib'
    | 'vnc'
    | 'watchdog'
    | 'bootPriority'
    | 'restartPolicy'
    | 'restartMaxRetries'
    | 'restartWindowSeconds'
  > {
  /** Left out in backups that were made before it was kept. */
  placement?: VmEntity['placement'];
  nics: { network?: string; portForwards: { protocol: 'tcp' | 'udp'; guestPort: number }[] }[];
}

export interface BackupDisk {
  id: string;
  sizeBytes: number;
  bootOrder: number;
  readOnly: boolean;
  cache: DiskCache | null;
  discard: DiskDiscard | null;
  ioLimits: IoLimits | null;
  /** Of its file; 0 and empty until it was made. */
  fileBytes: number;
  sha256: string;
}

/** It outlives its VM, so nothing ties the row to that of the VM. */
@Entity('backups')
export class BackupEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('project') project!: string;
  @Uuid('vm_id') vmId!: string;
  @Text('vm_name') vmName!: string;
  @Uuid('pool_id') poolId!: string;
  /** The host that made it; any host of the pool can read it. */
  @Uuid('host_id') hostId!: string;
  /** What it adds to. */
  @Uuid('parent_id', { nullable: true }) parentId!: string | null;
  @Text('requested_kind') requestedKind!: BackupKind;
  @Text('kind') kind!: BackupKind;
  @Text('freeze') freeze!: SnapshotFreeze;
  @Text('state') state!: BackupState;
  /** Why it is a full one although an incremental one was asked for. */
  @Text('fallback_reason') fallbackReason!: string;
  @Text('consistency', { nullable: true }) consistency!: BackupConsistency | null;
  @Text('failure_code') failureCode!: string;
  @Text('failure_message') failureMessage!: string;
  @Json('spec') spec!: BackupSpec;
  @Json('disks') disks!: BackupDisk[];
  @BigInt53('file_bytes') fileBytes!: number;
  @Uuid('operation_id') operationId!: string;
  @Time('created_at') createdAt!: Date;
  @ChangedAt() updatedAt!: Date;
  /** The moment that it shows. */
  @Time('taken_at', { nullable: true }) takenAt!: Date | null;
  @Time('verified_at', { nullable: true }) verifiedAt!: Date | null;
}
