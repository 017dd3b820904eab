import { Entity, PrimaryColumn } from 'typeorm';
import type { Confinement, HostIdentity, NetworkAbilities, Orphan, Upkeep } from '#libs/contracts';
import { BigInt53, ChangedAt, Flag, Int, Json, Text, Time } from './columns.js';

/** Another machine, or a state folder that was made anew, which calls itself by the id of this host. */
export interface RefusedHost extends HostIdentity {
  reason: string;
  /** ISO 8601. */
  at: string;
}

/** A hypervisor host, as its operator's heartbeats describe it. */
@Entity('hosts')
export class HostEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('name') name!: string;
  @Time('first_seen_at') firstSeenAt!: Date;
  @ChangedAt() updatedAt!: Date;
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
  /** What an administrator asked of it. */
  @Text('upkeep') upkeep!: Upkeep;
  @Text('machine_id', { nullable: true }) machineId!: string | null;
  @Text('incarnation', { nullable: true }) incarnation!: string | null;
  @Json('refused', { nullable: true }) refused!: RefusedHost | null;
  @Int('reserved_memory_mib') reservedMemoryMib!: number;
  @Int('reserved_vcpus') reservedVcpus!: number;
  @Json('orphans') orphans!: Orphan[];
  @Json('confinement') confinement!: Confinement | null;
  @Json('network_abilities') networkAbilities!: NetworkAbilities | null;
}
