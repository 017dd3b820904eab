import { Entity, PrimaryColumn } from 'typeorm';
import type { Command, CommandKind, Origin, PowerState, StepRecord } from '#libs/contracts';
import type { OperationKind, OperationStatus, ResourceKind } from '#libs/contracts/http';
import { BigInt53, Int, Json, Text, Time, Uuid } from './columns.js';

/** What a power operation wants of its VM; a change with another goal supersedes it. */
export type OperationGoal = PowerState | 'deleted';

@Entity('operations')
export class OperationEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('kind') kind!: OperationKind;
  @Text('status') status!: OperationStatus;
  @Text('project', { nullable: true }) project!: string | null;
  @Uuid('vm_id', { nullable: true }) vmId!: string | null;
  @Uuid('template_id', { nullable: true }) templateId!: string | null;
  /** What it is about, when that is neither a VM nor a template; a VM may be concerned as well. */
  @Text('resource_kind', { nullable: true }) resourceKind!: ResourceKind | null;
  @Uuid('resource_id', { nullable: true }) resourceId!: string | null;
  @Text('resource_name') resourceName!: string;
  @Uuid('host_id', { nullable: true }) hostId!: string | null;
  @Text('requested_by') requestedBy!: string;
  @Text('origin') origin!: Origin;
  @Text('request_id') requestId!: string;
  /** W3C Trace Context; null: made before it was kept. */
  @Text('traceparent', { nullable: true }) traceparent!: string | null;
  @Text('reason') reason!: string;
  /** Closed when the host has observed this generation. */
  @BigInt53('generation', { nullable: true }) generation!: number | null;
  @Text('goal', { nullable: true }) goal!: OperationGoal | null;
  /** What a cancel goes back to. */
  @Text('previous_power', { nullable: true }) previousPower!: PowerState | null;
  /** Closed by the host's answer to this command. */
  @Text('command', { nullable: true }) command!: CommandKind | null;
  @Json('command_body', { nullable: true }) commandBody!: Command['action'] | null;
  /** Percent, where the host tells it. */
  @Int('progress', { nullable: true }) progress!: number | null;
  /** Closed when the host has repaired this exit. */
  @BigInt53('exit_seq', { nullable: true }) exitSeq!: number | null;
  @Text('phase') phase!: string;
  @Json('steps') steps!: StepRecord[];
  @Int('attempt') attempt!: number;
  @Time('detected_at', { nullable: true }) detectedAt!: Date | null;
  @Time('deadline_at', { nullable: true }) deadlineAt!: Date | null;
  @Time('queued_at') queuedAt!: Date;
  @Time('started_at', { nullable: true }) startedAt!: Date | null;
  @Time('finished_at', { nullable: true }) finishedAt!: Date | null;
  @Time('progressed_at') progressedAt!: Date;
  @Text('error_code', { nullable: true }) errorCode!: string | null;
  @Text('error_message', { nullable: true }) errorMessage!: string | null;
  @Uuid('successor_id', { nullable: true }) successorId!: string | null;
}
