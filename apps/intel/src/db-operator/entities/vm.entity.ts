import { Column, Entity, PrimaryColumn } from 'typeorm';
import type {
  CloudInitResult,
  DiskFault,
  ExitReason,
  Firmware,
  GuestAgent,
  LeaseReport,
  MachineType,
  Origin,
  Plugged,
  PowerState,
  Presence,
  RestartPolicyName,
  VmState,
  Watchdog,
} from '#libs/contracts';
import type { PlacementRules } from '#libs/domain';
import type { CloudInitRow } from './cloud-init-row.js';
import { BigInt53, Flag, Int, Json, Text, Time, Uuid } from './columns.js';
import type { RestoreRow } from './snapshot.entity.js';

/** What is known of the agent in a guest. */
export interface GuestAgentRow {
  /** Of the run that the rest is told of. */
  pid: number;
  /** It answered in the run before. */
  expected: boolean;
  /** It answered in this run. */
  answered: boolean;
  /** As last reported; null while nothing runs. */
  seen: GuestAgent | null;
}

/** A VM: who it is, what it should be (written by intel), and what its host last reported. */
@Entity('vms')
export class VmEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('project') project!: string;
  @Text('name') name!: string;
  @Json('labels') labels!: Record<string, string>;
  @Flag('deletion_protection') deletionProtection!: boolean;
  @Uuid('template_id', { nullable: true }) templateId!: string | null;
  @Uuid('host_id') hostId!: string;

  @Int('vcpus') vcpus!: number;
  @Int('memory_mib') memoryMib!: number;
  @Text('machine') machine!: MachineType;
  @Text('firmware') firmware!: Firmware;
  @Text('cpu_model') cpuModel!: string;
  @Int('max_vcpus', { nullable: true }) maxVcpus!: number | null;
  @Int('max_memory_mib', { nullable: true }) maxMemoryMib!: number | null;
  @Int('balloon_mib', { nullable: true }) balloonMib!: number | null;
  @BigInt53('unplug_timeout_ms', { nullable: true }) unplugTimeoutMs!: number | null;
  @Flag('vnc') vnc!: boolean;
  @Text('watchdog') watchdog!: Watchdog;
  @Int('boot_priority') bootPriority!: number;
  /** Null: anywhere there is room. */
  @Column({ name: 'placement', type: 'jsonb', nullable: true }) placement!: PlacementRules | null;
  @Text('restart_policy') restartPolicy!: RestartPolicyName;
  @Int('restart_max_retries') restartMaxRetries!: number;
  @Int('restart_window_seconds') restartWindowSeconds!: number;

  @BigInt53('generation') generation!: number;
  @BigInt53('start_generation') startGeneration!: number;
  @Text('presence') presence!: Presence;
  @Text('desired_power') desiredPower!: PowerState;
  @Flag('stop_ask_guest') stopAskGuest!: boolean;
  @BigInt53('stop_timeout_ms') stopTimeoutMs!: number;
  @Flag('stop_then_force') stopThenForce!: boolean;
  @Uuid('cause_operation_id') causeOperationId!: string;
  @Text('cause_request_id') causeRequestId!: string;
  @Text('cause_origin') causeOrigin!: Origin;
  /** Where its desired state last lay in the stream; 0 when it does not lie there. */
  @BigInt53('desired_sequence') desiredSequence!: number;

  @Text('state') state!: VmState;
  @Text('reason') reason!: string;
  @BigInt53('observed_generation') observedGeneration!: number;
  @BigInt53('accepted_generation') acceptedGeneration!: number;
  @BigInt53('rev_start') revStart!: number;
  @BigInt53('rev_seq') revSeq!: number;
  @Time('observed_at', { nullable: true }) observedAt!: Date | null;
  @BigInt53('pid') pid!: number;
  @BigInt53('process_start_generation') processStartGeneration!: number;
  @Time('running_since', { nullable: true }) runningSince!: Date | null;
  @Text('failure_code') failureCode!: string;
  @Text('failure_message') failureMessage!: string;
  @BigInt53('exit_seq') exitSeq!: number;
  @Text('exit_reason') exitReason!: ExitReason | '';
  @Time('exit_at', { nullable: true }) exitAt!: Date | null;
  @BigInt53('exit_start_generation') exitStartGeneration!: number;
  @Text('exit_status') exitStatus!: string;
  @Int('restarts') restarts!: number;
  @Time('next_restart_at', { nullable: true }) nextRestartAt!: Date | null;
  @BigInt53('repaired_exit_seq') repairedExitSeq!: number;
  @Column({ name: 'restart_required', type: 'text', array: true }) restartRequired!: string[];
  @Column({ name: 'plugged', type: 'jsonb', nullable: true }) plugged!: Plugged | null;
  @Column({ name: 'guest_agent', type: 'jsonb', nullable: true }) guestAgent!: GuestAgentRow | null;

  @Column({ name: 'cloud_init', type: 'jsonb', nullable: true }) cloudInit!: CloudInitRow | null;
  @Column({ name: 'cloud_init_result', type: 'jsonb', nullable: true })
  cloudInitResult!: CloudInitResult | null;

  /** What it is being put back to; null once its host has said that it was. */
  @Column({ name: 'restore', type: 'jsonb', nullable: true }) restore!: RestoreRow | null;
  @Uuid('current_snapshot_id', { nullable: true }) currentSnapshotId!: string | null;
  /** Made to copy it from, and to be removed once it is made. */
  @Uuid('source_snapshot_id', { nullable: true }) sourceSnapshotId!: string | null;
  /** Its host is not told of it yet. */
  @Flag('held') held!: boolean;

  /** The pool of its lease; null: without failover. */
  @Uuid('failover_pool_id', { nullable: true }) failoverPoolId!: string | null;
  /** The change that last turned failover on or off. */
  @BigInt53('failover_generation') failoverGeneration!: number;
  @Column({ name: 'lease', type: 'jsonb', nullable: true }) lease!: LeaseReport | null;

  /** When it is destroyed by itself; set while it is in the trash. */
  @Time('purge_at', { nullable: true }) purgeAt!: Date | null;
  /** When it is deleted by itself. */
  @Time('expires_at', { nullable: true }) expiresAt!: Date | null;

  @Json('disk_faults') diskFaults!: DiskFault[];

  @Time('created_at') createdAt!: Date;
  @Time('updated_at') updatedAt!: Date;
}
