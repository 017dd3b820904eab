/** Where a VM may and should run, and how a host was judged. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsOptional, ValidateNested } from 'class-validator';
import { Labels, oneOf, SomeLabels } from './fields.js';

export const PLACEMENT_STRATEGIES = ['spread', 'pack'] as const;
export type PlacementStrategy = (typeof PLACEMENT_STRATEGIES)[number];
const TERMS_MAX = 16;

export class AffinityTermInput {
  @SomeLabels({ description: 'VMs of the same project that have all of these.', example: { tier: 'web' } })
  labels!: Record<string, string>;

  @ApiPropertyOptional({ type: Boolean, default: true, description: 'False: a wish, not a condition.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  required?: boolean;
}

function Terms(description: string): PropertyDecorator {
  return (target, key) => {
    ApiPropertyOptional({ type: () => [AffinityTermInput], description })(target, key);
    IsOptional()(target, key);
    IsArray({ message: 'must be a list' })(target, key);
    ArrayMaxSize(TERMS_MAX, { message: `must have at most ${TERMS_MAX} entries` })(target, key);
    ValidateNested({ each: true })(target, key);
    Type(() => AffinityTermInput)(target, String(key));
  };
}

export class PlacementInput {
  @ApiPropertyOptional({
    enum: PLACEMENT_STRATEGIES,
    default: 'spread',
    description: 'spread: the emptiest host; pack: the fullest that has room.',
  })
  @IsOptional()
  @IsIn(PLACEMENT_STRATEGIES, oneOf(PLACEMENT_STRATEGIES))
  strategy?: PlacementStrategy;

  @Labels('whole', 'A host must have all of these.')
  hostLabels?: Record<string, string>;

  @Labels('whole', 'Each of these that a host has speaks for it.')
  preferredHostLabels?: Record<string, string>;

  @Terms('VMs to be beside, on one host.')
  affinity?: AffinityTermInput[];

  @Terms('VMs not to be beside.')
  antiAffinity?: AffinityTermInput[];
}

export class AffinityTermView {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiProperty({ type: Boolean }) required!: boolean;
}

export class PlacementView {
  @ApiProperty({ enum: PLACEMENT_STRATEGIES }) strategy!: PlacementStrategy;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  hostLabels!: Record<string, string>;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  preferredHostLabels!: Record<string, string>;
  @ApiProperty({ type: () => [AffinityTermView] }) affinity!: AffinityTermView[];
  @ApiProperty({ type: () => [AffinityTermView] }) antiAffinity!: AffinityTermView[];
}

export const HOST_VERDICTS = ['chosen', 'fits', 'refused'] as const;
export type HostVerdict = (typeof HOST_VERDICTS)[number];

export class PointsView {
  @ApiProperty({ type: String, example: 'memory' }) rule!: string;
  @ApiProperty({ type: 'integer', minimum: -100_000, maximum: 100_000 }) points!: number;
  @ApiProperty({ type: String }) message!: string;
}

/** How one host was judged. */
export class HostJudgementView {
  @ApiProperty({ type: String, description: 'Its name.' }) host!: string;
  @ApiProperty({ enum: HOST_VERDICTS }) verdict!: HostVerdict;
  @ApiPropertyOptional({ type: String, description: 'The rule that refused it.', example: 'memory' })
  rule?: string;
  @ApiPropertyOptional({ type: String, description: 'Why, with the numbers.' }) message?: string;
  @ApiPropertyOptional({
    type: 'integer',
    minimum: -1_000_000,
    maximum: 1_000_000,
    description: 'The highest is chosen.',
  })
  score?: number;
  @ApiPropertyOptional({ type: () => [PointsView], description: 'What the score is made of.' })
  points?: PointsView[];
}
