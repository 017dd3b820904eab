import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsRFC3339, IsString, MaxLength } from 'class-validator';
import { Name, oneOf } from './fields.js';
import { ROLES, type Role } from './operation-status.js';

export class CreateTokenInput {
  @Name()
  name!: string;

  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES, oneOf(ROLES))
  role!: Role;

  @ApiPropertyOptional({ type: String, description: 'The only project it sees; left out: all.' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  project?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsRFC3339({ message: 'must be an RFC 3339 time' })
  expiresAt?: string;
}
