import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsRFC3339 } from 'class-validator';
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
}

export class EnrolledHostView {
  @ApiProperty({ type: String, format: 'uuid', description: 'VMAN_HOST_ID of its operator.' })
  hostId!: string;

  @ApiProperty({ type: String, description: 'The public key of the credentials.' }) publicKey!: string;

  @ApiProperty({ type: String, description: 'A NATS credentials file; shown this once.' })
  credentials!: string;
}
