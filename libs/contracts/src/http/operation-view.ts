import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ORIGINS, type Origin } from '../vocabulary.js';
import {
  OPERATION_KINDS,
  OPERATION_STATUSES,
  type OperationKind,
  type OperationStatus,
  RESOURCE_KINDS,
  type ResourceKind,
} from './operation-status.js';

export class OperationErrorView {
  @ApiProperty({ type: String, description: 'A code of the error catalogue.' }) code!: string;
  @ApiProperty({ type: String }) message!: string;
  @ApiProperty({ type: String, description: 'What to do about it.' }) hint!: string;
  @ApiProperty({ enum: ['never', 'after_change', 'later'] }) retryable!: string;
  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'The operation that took its place.' })
  successorId?: string;
}

export class StepView {
  @ApiProperty({ type: String }) step!: string;
  @ApiProperty({ enum: ['done', 'failed'] }) outcome!: string;
  @ApiProperty({ type: String, format: 'date-time' }) startedAt!: string;
  @ApiProperty({ type: Number }) durationMs!: number;
}

export class ResourceRef {
  @ApiProperty({ enum: RESOURCE_KINDS }) kind!: ResourceKind;
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
}

/** One asked-for or automatic change, from its acceptance to its end. */
export class OperationView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ enum: OPERATION_KINDS }) kind!: OperationKind;
  @ApiProperty({ enum: OPERATION_STATUSES }) status!: OperationStatus;
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 100 }) progress!: number;
  @ApiProperty({ type: String, description: 'What is being done.' }) phase!: string;
  @ApiProperty({ type: () => [StepView] }) steps!: StepView[];
  @ApiProperty({ type: () => [ResourceRef] }) resources!: ResourceRef[];
  @ApiProperty({ type: String }) requestedBy!: string;
  @ApiProperty({ enum: ORIGINS }) origin!: Origin;
  @ApiProperty({ type: String }) reason!: string;
  @ApiPropertyOptional({ type: 'integer', description: 'The generation of the VM that it asks for.' })
  generation?: number;
  @ApiProperty({ type: 'integer' }) attempt!: number;
  @ApiProperty({ type: Boolean }) mayCancel!: boolean;
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When the cause of a repair was noticed.',
  })
  detectedAt?: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) deadlineAt?: string;
  @ApiProperty({ type: String, format: 'date-time' }) queuedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', description: 'Its last step, phase or end.' })
  updatedAt!: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) startedAt?: string;
  @ApiPropertyOptional({ type: String, format: 'date-time' }) finishedAt?: string;
  @ApiPropertyOptional({ type: () => OperationErrorView }) error?: OperationErrorView;
  @ApiPropertyOptional({ type: String }) requestId?: string;
}
