import { Entity, PrimaryColumn } from 'typeorm';
import type { Confinement, NetworkAbilities, Orphan } from '#libs/contracts';
import { BigInt53, Flag, Int, Json, Text, Time } from './columns.js';

/** A hypervisor host, as its operator's heartbeats describe it. */
@Entity('hosts')
export class HostEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('name') name!: string;
  @Time('first_seen_at') firstSeenAt!: Date;
  @Time('seen_at', { nullable: true }) seenAt!: Date | null;
  @Text('boot_id') bootId!: string;
  @Text('agent_version') agentVersion!: string;
  @BigInt53('start_count') startCount!: number;
  @Int('cpus') cpus!: number;
  @Int('memory_mib') memoryMib!: number;
  @BigInt53('storage_bytes') storageBytes!: number;
  @BigInt53('storage_free_bytes') storageFreeBytes!: number;
  @Text('qemu_version') qemuVersion!: string;
  @Text('accelerator') accelerator!: string;
  @Text('accelerator_reason') acceleratorReason!: string;
  @Flag('dry_run') dryRun!: boolean;
  @Flag('draining') draining!: boolean;
  @Flag('cordoned') cordoned!: boolean;
  @Json('labels') labels!: Record<string, string>;
  @Int('cpu_overcommit_percent') cpuOvercommitPercent!: number;
  @Int('memory_overcommit_percent') memoryOvercommitPercent!: number;
  @Int('reserved_memory_mib') reservedMemoryMib!: number;
  @Int('reserved_vcpus') reservedVcpus!: number;
  @Json('orphans') orphans!: Orphan[];
  @Json('confinement') confinement!: Confinement | null;
  @Json('network_abilities') networkAbilities!: NetworkAbilities | null;
}
