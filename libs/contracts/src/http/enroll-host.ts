import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsRFC3339 } from 'class-validator';
import { Name } from './fields.js';

export class EnrollHostInput {
  @Name()
  name!: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When the credentials end; left out: never.',
  })
  @IsOptional()
  @IsRFC3339({ message: 'must be an RFC 3339 time' })
  expiresAt?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description:
      'New credentials for the host that has this name, which keeps its id; the old ones go on until they end.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  renew?: boolean;
}

export class EnrolledHostView {
  @ApiProperty({ type: String, format: 'uuid', description: 'VMAN_HOST_ID of its operator.' })
  hostId!: string;

  @ApiProperty({ type: String, description: 'The public key of the credentials.' }) publicKey!: string;

  @ApiProperty({ type: String, description: 'A NATS credentials file; shown this once.' })
  credentials!: string;
}
