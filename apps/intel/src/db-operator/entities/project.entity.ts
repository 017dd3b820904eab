import { Entity, PrimaryColumn } from 'typeorm';
import { BigInt53, Json, Text, Time } from './columns.js';

/** What owns resources and what they are limited by; null: no limit. Triggers count what is used. */
@Entity('projects')
export class ProjectEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('name') name!: string;
  @Text('description') description!: string;
  @Json('labels') labels!: Record<string, string>;
  @BigInt53('generation') generation!: number;
  /** How long its deleted VMs stay in the trash; null: as the setting says. */
  @BigInt53('trash_retention_seconds', { nullable: true }) trashRetentionSeconds!: number | null;
  @BigInt53('quota_generation') quotaGeneration!: number;
  @BigInt53('max_vms', { nullable: true }) maxVms!: number | null;
  @BigInt53('max_vcpus', { nullable: true }) maxVcpus!: number | null;
  @BigInt53('max_memory_mib', { nullable: true }) maxMemoryMib!: number | null;
  @BigInt53('max_disk_bytes', { nullable: true }) maxDiskBytes!: number | null;
  @BigInt53('max_addresses', { nullable: true }) maxAddresses!: number | null;
  @BigInt53('max_snapshots', { nullable: true }) maxSnapshots!: number | null;
  @BigInt53('used_vms') usedVms!: number;
  @BigInt53('used_vcpus') usedVcpus!: number;
  @BigInt53('used_memory_mib') usedMemoryMib!: number;
  @BigInt53('used_disk_bytes') usedDiskBytes!: number;
  @BigInt53('used_addresses') usedAddresses!: number;
  @BigInt53('used_snapshots') usedSnapshots!: number;
  @Time('created_at') createdAt!: Date;
  @Time('updated_at') updatedAt!: Date;
}
