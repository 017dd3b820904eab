/** Drifts, their repairs, and what holds repairs back. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsDefined,
  IsIn,
  IsObject,
  IsOptional,
  IsRFC3339,
  IsString,
  IsUUID,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  DRIFT_DECISIONS,
  DRIFT_RULES,
  DRIFT_STATES,
  type DriftDecisionKind,
  type DriftRule,
  type DriftState,
  ORIGINS,
  type Origin,
  PAUSE_SCOPES,
  type PauseScope,
  POWER_STATES,
  type PowerState,
  REPAIR_ACTIONS,
  type RepairAction,
  VM_STATES,
  type VmState,
} from '../vocabulary.js';
import { oneOf } from './fields.js';
import { OPERATION_STATUSES, type OperationStatus } from './operation-status.js';
import { OperationErrorView, OperationView } from './operation-view.js';
import { HostJudgementView } from './placement.js';
import { InProject, OneOf, PageQuery, type Sort, Sorted, UpdatedSince } from './queries.js';
import { HostRef } from './vm-view.js';

/** A pause ends by itself after this at the latest. */
export const PAUSE_DAYS_MAX = 30;

export const DRIFT_FILTER_STATES = [...DRIFT_STATES, 'present'] as const;

class AboutQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DRIFT_RULES })
  @IsOptional()
  @IsIn(DRIFT_RULES, oneOf(DRIFT_RULES))
  kind?: DriftRule;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'Id of a VM.' })
  @IsOptional()
  @IsUUID('all', { message: 'must be a UUID' })
  vm?: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'Id of a host.' })
  @IsOptional()
  @IsUUID('all', { message: 'must be a UUID' })
  host?: string;

  @InProject() project?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('nameless', '-createdAt') sort?: Sort;
}

export class ListDriftsQuery extends AboutQuery {
  @ApiPropertyOptional({
    enum: DRIFT_FILTER_STATES,
    description: '`present`: all that are not over (open, repairing, gave-up).',
  })
  @IsOptional()
  @IsIn(DRIFT_FILTER_STATES, oneOf(DRIFT_FILTER_STATES))
  state?: (typeof DRIFT_FILTER_STATES)[number];
}

export class ListRepairsQuery extends AboutQuery {
  @ApiPropertyOptional({ enum: OPERATION_STATUSES })
  @IsOptional()
  @IsIn(OPERATION_STATUSES, oneOf(OPERATION_STATUSES))
  state?: OperationStatus;
}

export class DriftVmRef {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
}

/** Something that is not as it is wanted. */
export class DriftView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ enum: DRIFT_RULES, description: 'The rule that found it.' }) kind!: DriftRule;
  @ApiProperty({ enum: DRIFT_STATES }) state!: DriftState;
  @ApiPropertyOptional({ type: () => DriftVmRef }) vm?: DriftVmRef;
  @ApiProperty({ type: () => HostRef }) host!: HostRef;
  @ApiProperty({ type: String, description: 'What of it: a disk, a process, an exit.' }) subject!: string;
  @ApiProperty({ type: String }) expected!: string;
  @ApiProperty({ type: String }) seen!: string;
  @ApiProperty({
    enum: DRIFT_DECISIONS,
    description: '`hold`: it would be repaired, but something forbids it now; the reason says what.',
  })
  decision!: DriftDecisionKind;
  @ApiProperty({ type: String, description: 'Why that was decided.' }) reason!: string;
  @ApiProperty({ type: 'integer' }) generation!: number;
  @ApiProperty({ type: String, format: 'date-time', description: 'Since when it is so.' }) since!: string;
  @ApiProperty({ type: String, format: 'date-time' }) detectedAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) changedAt!: string;
  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'The last repair, and its operation.' })
  operationId?: string;
  @ApiProperty({ type: 'integer', description: 'Tries of the present repair.' }) attempts!: number;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) nextTryAt?: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) repairedAt?: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) closedAt?: string;
  @ApiProperty({ type: 'integer', description: 'Of the observer that led.' }) epoch!: number;
}

export class DriftListView {
  @ApiProperty({ type: () => [DriftView] }) items!: DriftView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

/** A decision to mend a drift, and what came of it. */
export class RepairView {
  @ApiProperty({ type: String, format: 'uuid', description: 'Of the repair and of its operation.' })
  id!: string;
  @ApiProperty({ enum: DRIFT_RULES }) kind!: DriftRule;
  @ApiProperty({ enum: REPAIR_ACTIONS }) action!: RepairAction;
  @ApiProperty({ enum: OPERATION_STATUSES }) state!: OperationStatus;
  @ApiProperty({ enum: ORIGINS, description: '`system`: the host decided, as no observer was heard.' })
  origin!: Origin;
  @ApiProperty({ type: () => DriftVmRef }) vm!: DriftVmRef;
  @ApiProperty({ type: () => HostRef }) host!: HostRef;
  @ApiProperty({ type: String }) expected!: string;
  @ApiProperty({ type: String }) seen!: string;
  @ApiProperty({ type: String }) reason!: string;
  @ApiProperty({ type: 'integer' }) generation!: number;
  @ApiPropertyOptional({ type: 'integer', description: 'The exit that it answers.' }) exitSequence?: number;
  @ApiProperty({ type: 'integer' }) attempt!: number;
  @ApiProperty({ type: 'integer' }) epoch!: number;
  @ApiProperty({ type: String, format: 'date-time' }) detectedAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) decidedAt!: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) finishedAt?: string;
  @ApiPropertyOptional({ type: () => OperationErrorView }) error?: OperationErrorView;
}

export class RepairListView {
  @ApiProperty({ type: () => [RepairView] }) items!: RepairView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class PauseScopeInput {
  @ApiProperty({ enum: PAUSE_SCOPES })
  @IsIn(PAUSE_SCOPES, oneOf(PAUSE_SCOPES))
  kind!: PauseScope;

  @ApiPropertyOptional({ type: String, description: 'Id or name of the VM or the host; none for the fleet.' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(253, { message: 'must have at most 253 characters' })
  id?: string;
}

export class CreateRepairPauseInput {
  @ApiProperty({ type: () => PauseScopeInput })
  @IsDefined({ message: 'must be given' })
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => PauseScopeInput)
  scope!: PauseScopeInput;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: `When it ends by itself; at most ${PAUSE_DAYS_MAX} days from now.`,
  })
  @IsRFC3339({ message: 'must be an RFC 3339 time' })
  until!: string;

  @ApiProperty({ type: String, example: 'moving the rack' })
  @IsString({ message: 'must be a string' })
  @MinLength(1, { message: 'must not be empty' })
  @MaxLength(500, { message: 'must have at most 500 characters' })
  reason!: string;
}

export class PauseScopeView {
  @ApiProperty({ enum: PAUSE_SCOPES }) kind!: PauseScope;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) id?: string;
  @ApiPropertyOptional({ type: String }) name?: string;
}

export class RepairPauseView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: () => PauseScopeView }) scope!: PauseScopeView;
  @ApiProperty({ type: String }) reason!: string;
  @ApiProperty({ type: String }) requestedBy!: string;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) until!: string;
}

export class RepairPauseListView {
  @ApiProperty({ type: () => [RepairPauseView] }) items!: RepairPauseView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class ListRepairPausesQuery extends PageQuery {
  @OneOf(PAUSE_SCOPES) scope?: PauseScope;
  @InProject() project?: string;
  @Sorted('nameless') sort?: Sort;
}

/** The observer that leads, as it tells of itself. */
export class ObserverView {
  @ApiProperty({ type: Boolean, description: 'Whether one was heard in time.' }) heard!: boolean;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) leaderId?: string;
  @ApiProperty({ type: 'integer' }) epoch!: number;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) heardAt?: string;
  @ApiProperty({
    type: Boolean,
    description: 'Restarts are its matter; when not, hosts restart by themselves.',
  })
  decides!: boolean;
  @ApiProperty({ type: Boolean }) observeOnly!: boolean;
  @ApiProperty({ type: Boolean, description: 'Repairs have stopped: too much of the fleet differs at once.' })
  brake!: boolean;
  @ApiPropertyOptional({ type: String }) brakeReason?: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) brakeSince?: string;
  @ApiProperty({ type: 'integer' }) openDrifts!: number;
  @ApiProperty({ type: 'integer' }) pauses!: number;
}

export class ExplainDesired {
  @ApiProperty({ enum: POWER_STATES }) state!: PowerState;
  @ApiProperty({ type: 'integer' }) generation!: number;
  @ApiProperty({ type: 'integer' }) startGeneration!: number;
  @ApiProperty({ type: () => HostRef }) host!: HostRef;
}

export class ExplainObserved {
  @ApiProperty({ enum: VM_STATES }) state!: VmState;
  @ApiProperty({ type: String }) reason!: string;
  @ApiProperty({ type: 'integer' }) acceptedGeneration!: number;
  @ApiProperty({ type: 'integer' }) observedGeneration!: number;
  @ApiPropertyOptional({ type: 'integer' }) pid?: number;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) at?: string;
  @ApiProperty({ type: Boolean, description: 'Whether its host was heard in time.' }) hostHeard!: boolean;
}

/** Why a VM is as it is, and what happens next. */
export class ExplainView {
  @ApiProperty({ type: () => DriftVmRef }) vm!: DriftVmRef;
  @ApiProperty({ type: Boolean, description: 'Nothing differs, and nothing is on its way.' })
  coherent!: boolean;
  @ApiProperty({ type: String, description: 'All of it in a sentence.' }) summary!: string;
  @ApiProperty({ type: () => ExplainDesired }) desired!: ExplainDesired;
  @ApiProperty({ type: () => ExplainObserved }) observed!: ExplainObserved;
  @ApiProperty({ type: () => [DriftView] }) drifts!: DriftView[];
  @ApiProperty({ type: [String], description: 'What keeps it from being mended now.' }) blockedBy!: string[];
  @ApiPropertyOptional({ type: String, format: 'date-time' }) nextTryAt?: string;
  @ApiProperty({
    type: () => [HostJudgementView],
    description: 'Each host, as it would be judged if the VM were placed now; its own is judged without it.',
  })
  placement!: HostJudgementView[];
  @ApiProperty({ type: () => [OperationView], description: 'Newest first.' }) operations!: OperationView[];
}
