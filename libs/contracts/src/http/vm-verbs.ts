import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { OptionalInteger, SHUTDOWN_SECONDS_MAX } from './fields.js';

export class ShutdownInput {
  @OptionalInteger(0, SHUTDOWN_SECONDS_MAX, { default: 60, description: 'How long the guest may take.' })
  timeoutSeconds?: number;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Cut the power when it did not obey.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  thenForce?: boolean;
}

export class RebootInput {
  @OptionalInteger(0, SHUTDOWN_SECONDS_MAX, { default: 60, description: 'How long the guest may take.' })
  timeoutSeconds?: number;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Do not ask the guest.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  force?: boolean;
}
