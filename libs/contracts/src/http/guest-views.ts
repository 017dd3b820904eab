import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ANY_TEXT } from './fields.js';
import { TEXT_ENCODINGS, type TextEncoding } from './guest-requests.js';

export class GuestPingView {
  @ApiProperty({ type: Number, description: 'From the question to the answer.', example: 4.2 })
  roundTripMs!: number;
}

export class GuestAddressView {
  @ApiProperty({ type: String, example: '10.0.2.15' }) address!: string;
  @ApiProperty({ enum: ['ipv4', 'ipv6'] }) family!: string;
  @ApiProperty({ type: 'integer', example: 24 }) prefix!: number;
}

export class GuestInterfaceView {
  @ApiProperty({ type: String, example: 'eth0' }) name!: string;
  @ApiPropertyOptional({ type: String, example: '52:54:00:12:34:56' }) mac?: string;
  @ApiProperty({ type: () => [GuestAddressView] }) addresses!: GuestAddressView[];
}

export class GuestAddressesView {
  @ApiProperty({ type: () => [GuestInterfaceView] }) interfaces!: GuestInterfaceView[];
}

export class GuestFrozenView {
  @ApiProperty({ type: 'integer', description: 'How many file systems are frozen.' }) fileSystems!: number;
  @ApiProperty({ type: String, format: 'date-time', description: 'When they are thawed at the latest.' })
  thawsAt!: string;
}

export class GuestThawedView {
  @ApiProperty({ type: 'integer', description: 'How many file systems were thawed.' }) fileSystems!: number;
}

/** How a program in the guest ended. */
export class GuestExecView {
  @ApiPropertyOptional({ type: 'integer', description: 'Absent when a signal ended it.', example: 0 })
  exitCode?: number;
  @ApiPropertyOptional({ type: 'integer' }) signal?: number;
  @ApiProperty({ type: String, pattern: ANY_TEXT, example: '12.34 10.01\n' }) stdout!: string;
  @ApiProperty({ type: String, pattern: ANY_TEXT }) stderr!: string;
  @ApiProperty({ type: Boolean, description: 'Output beyond 1 MiB is left out.' }) stdoutTruncated!: boolean;
  @ApiProperty({ type: Boolean }) stderrTruncated!: boolean;
  @ApiProperty({ enum: TEXT_ENCODINGS }) encoding!: TextEncoding;
}

export class GuestFileView {
  @ApiProperty({ type: String, pattern: ANY_TEXT }) content!: string;
  @ApiProperty({ enum: TEXT_ENCODINGS }) encoding!: TextEncoding;
  @ApiProperty({ type: Boolean, description: 'The file is longer.' }) truncated!: boolean;
}
