import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { EXIT_REASONS, type ExitReason } from '../vocabulary.js';
import { ANY_TEXT } from './fields.js';
import { HostRef } from './vm-view.js';

/** How one QEMU process of a VM ended. */
export class ExitSummaryView {
  @ApiProperty({ type: 'integer', description: 'Counts the exits of the VM on its host.' })
  sequence!: number;
  @ApiProperty({ enum: EXIT_REASONS }) reason!: ExitReason;
  @ApiProperty({ type: String, description: '`code 1` or `signal SIGKILL`; empty when nobody saw it.' })
  status!: string;
  @ApiProperty({ type: String, format: 'date-time' }) startedAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({ type: 'integer' }) startGeneration!: number;
  @ApiProperty({ type: 'integer', description: 'Of the QEMU process.' }) pid!: number;
  @ApiProperty({ type: () => HostRef }) host!: HostRef;
}

export class QmpEventView {
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({ type: String, description: 'JSON; cut off when it is long.' }) data!: string;
}

export class ExitView extends ExitSummaryView {
  @ApiProperty({ type: String, pattern: ANY_TEXT, description: 'The last 64 KiB of the serial console.' })
  serialTail!: string;
  @ApiProperty({ type: String, pattern: ANY_TEXT, description: 'The last 64 KiB that QEMU printed.' })
  stderrTail!: string;
  @ApiProperty({ type: () => [QmpEventView], description: 'The last 64, oldest first.' })
  qmpEvents!: QmpEventView[];
}

export class ExitListView {
  @ApiProperty({ type: () => [ExitSummaryView] }) items!: ExitSummaryView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}
