import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { CONSOLE_KINDS, type ConsoleKind } from '../vocabulary.js';
import { OptionalInteger } from './fields.js';

export const REPLAY_BYTES_DEFAULT = 16 * 1024;
const REPLAY_BYTES_MAX = 64 * 1024;

/** Which console of a VM is to be opened. */
export class OpenConsoleInput {
  @ApiPropertyOptional({
    enum: CONSOLE_KINDS,
    default: 'serial',
    description: 'The serial console, or the screen over VNC.',
  })
  @IsOptional()
  @IsIn(CONSOLE_KINDS, { message: `must be one of ${CONSOLE_KINDS.join(', ')}` })
  kind?: ConsoleKind;

  @OptionalInteger(0, REPLAY_BYTES_MAX, {
    default: REPLAY_BYTES_DEFAULT,
    description: 'How much of the last output a serial console begins with.',
  })
  replayBytes?: number;
}

/** What opens one console, once, within seconds. */
export class ConsoleTicketView {
  @ApiProperty({ enum: CONSOLE_KINDS, description: 'What it opens.' }) kind!: ConsoleKind;

  @ApiProperty({
    type: String,
    example: '/v1/console',
    description: 'Where the WebSocket is to be opened, on the same address as the API.',
  })
  path!: string;

  @ApiProperty({
    type: String,
    example: 'vman.console.v1',
    description: 'The sub-protocol to ask for, together with `vman.ticket.<ticket>`.',
  })
  protocol!: string;

  @ApiProperty({
    type: String,
    description: 'Opens one console, once. As a sub-protocol, or as the first frame; never in a URL.',
  })
  ticket!: string;

  @ApiProperty({ type: String, format: 'date-time' }) expiresAt!: string;
}
