/** What a change would have done that was only tried. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { HostJudgementView } from './placement.js';
import { HostRef } from './vm-view.js';

export class DryRunAnswerView {
  @ApiProperty({ type: 'integer', minimum: 200, maximum: 299 }) status!: number;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'As it would have been; ids, addresses and ports may be others in earnest.',
  })
  body?: object;
}

export class DryRunVmRef {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
}

export class DryRunErrorView {
  @ApiProperty({ type: String, description: 'A code of the error catalogue.' }) code!: string;
  @ApiProperty({ type: String }) message!: string;
}

/** What the host of a VM would do. */
export class DryRunPlanView {
  @ApiProperty({ type: () => DryRunVmRef }) vm!: DryRunVmRef;
  @ApiProperty({ type: () => HostRef }) host!: HostRef;
  @ApiProperty({ type: [String], description: 'In their order; none: nothing is left to do.' })
  steps!: string[];
  @ApiProperty({ type: [String], description: 'Of the process that would run.' }) qemuArguments!: string[];
  @ApiPropertyOptional({ type: () => DryRunErrorView, description: 'Why the host has no plan.' })
  error?: DryRunErrorView;
}

/** Nothing of it was written, and nobody was told. */
export class DryRunView {
  @ApiProperty({ type: () => DryRunAnswerView }) answer!: DryRunAnswerView;
  @ApiProperty({ type: () => [HostJudgementView], description: 'Empty when no host was to be chosen.' })
  placement!: HostJudgementView[];
  @ApiProperty({ type: () => [DryRunPlanView], description: 'Of each VM that a host would be told of.' })
  plans!: DryRunPlanView[];
}
