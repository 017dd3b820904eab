import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsDefined,
  IsIn,
  IsOptional,
  IsRFC3339,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { IMAGE_FORMATS, type ImageFormat } from '../vocabulary.js';
import { MEMORY_MIB_MAX, MEMORY_MIB_MIN, Name, OptionalInteger, oneOf, VCPUS_MAX } from './fields.js';
import { ROLES, type Role } from './operation-status.js';

export class TemplateSource {
  @ApiProperty({ enum: ['file'] })
  @IsIn(['file'], oneOf(['file']))
  type!: 'file';

  @ApiProperty({
    type: String,
    description: 'A file in the import folder of the server.',
    example: 'debian.qcow2',
  })
  @IsString({ message: 'must be a string' })
  @MinLength(1, { message: 'must not be empty' })
  @MaxLength(1024, { message: 'must have at most 1024 characters' })
  path!: string;
}

export class TemplateDefaults {
  @OptionalInteger(1, VCPUS_MAX)
  vcpus?: number;

  @OptionalInteger(MEMORY_MIB_MIN, MEMORY_MIB_MAX)
  memoryMiB?: number;
}

export class CreateTemplateInput {
  @Name()
  name!: string;

  @ApiProperty({ enum: IMAGE_FORMATS })
  @IsIn(IMAGE_FORMATS, oneOf(IMAGE_FORMATS))
  format!: ImageFormat;

  @ApiProperty({ type: () => TemplateSource })
  @IsDefined({ message: 'is required' })
  @ValidateNested()
  @Type(() => TemplateSource)
  source!: TemplateSource;

  @ApiPropertyOptional({ type: String, description: 'What the file must have; another one is refused.' })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/, { message: 'must be 64 lower-case hex digits' })
  sha256?: string;

  @ApiPropertyOptional({ type: () => TemplateDefaults, description: 'For VMs that do not say.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => TemplateDefaults)
  defaults?: TemplateDefaults;
}

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
