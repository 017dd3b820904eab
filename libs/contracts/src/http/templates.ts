import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsDefined,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  FIRMWARES,
  type Firmware,
  IMAGE_FORMATS,
  type ImageFormat,
  MACHINE_TYPES,
  type MachineType,
} from '../vocabulary.js';
import { MEMORY_MIB_MAX, MEMORY_MIB_MIN, Name, OptionalInteger, oneOf, VCPUS_MAX } from './fields.js';
import { TEMPLATE_STATES, type TemplateState } from './operation-status.js';
import { OperationErrorView, OperationView } from './operation-view.js';
import { ProjectName } from './projects.js';
import { Filter, OneOf, PageQuery, type Sort, Sorted, UpdatedSince } from './queries.js';

export const TEMPLATE_SOURCES = ['file', 'upload', 'url', 'vm'] as const;
export type TemplateSourceType = (typeof TEMPLATE_SOURCES)[number];

function SourceText(maxLength: number, description: string, example: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description, example }),
    IsOptional(),
    IsString({ message: 'must be a string' }),
    MinLength(1, { message: 'must not be empty' }),
    MaxLength(maxLength, { message: `must have at most ${maxLength} characters` }),
  );
}

export class TemplateSource {
  @ApiProperty({
    enum: TEMPLATE_SOURCES,
    description: 'upload: the content follows as PUT /v1/templates/{id}/content.',
  })
  @IsIn(TEMPLATE_SOURCES, oneOf(TEMPLATE_SOURCES))
  type!: TemplateSourceType;

  @SourceText(1024, 'Of type file: a file in the import folder of the server.', 'debian.qcow2')
  path?: string;

  @SourceText(2048, 'Of type url: where the server fetches it from.', 'https://example.net/debian.qcow2')
  url?: string;

  @SourceText(63, 'Of type vm: name or id of a VM that is stopped.', 'web-1')
  vm?: string;

  @SourceText(
    63,
    'Of type vm: id of the disk; left out: the one that it boots from.',
    '0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10',
  )
  disk?: string;
}

export class TemplateDefaults {
  @OptionalInteger(1, VCPUS_MAX)
  vcpus?: number;

  @OptionalInteger(MEMORY_MIB_MIN, MEMORY_MIB_MAX)
  memoryMiB?: number;

  @ApiPropertyOptional({ enum: MACHINE_TYPES })
  @IsOptional()
  @IsIn(MACHINE_TYPES, oneOf(MACHINE_TYPES))
  machine?: MachineType;

  @ApiPropertyOptional({ enum: FIRMWARES })
  @IsOptional()
  @IsIn(FIRMWARES, oneOf(FIRMWARES))
  firmware?: Firmware;
}

export class ListTemplatesQuery extends PageQuery {
  @Filter() name?: string;
  @Filter() family?: string;
  @OneOf(TEMPLATE_STATES) state?: TemplateState;
  @Filter('Those that this project may use: its own and the shared ones.') project?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('named') sort?: Sort;
}

export class CreateTemplateInput {
  @Name({ description: 'Unique in its project.' })
  name!: string;

  @ProjectName('The only project that may use it. Left out: that of the token, or shared by all.')
  project?: string;

  @ApiPropertyOptional({
    type: String,
    example: 'debian-12',
    description: 'An alias that always names the newest template of the family that is ready.',
  })
  @IsOptional()
  @Matches(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { message: 'must be formed like a name' })
  family?: string;

  @ApiPropertyOptional({
    type: String,
    example: '20260801',
    description: 'Unique in its family. Left out: the number after the last one.',
  })
  @IsOptional()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
    message: 'must be 1 to 63 letters, digits, dots, hyphens or underscores',
  })
  version?: string;

  @ApiProperty({ enum: IMAGE_FORMATS })
  @IsIn(IMAGE_FORMATS, oneOf(IMAGE_FORMATS))
  format!: ImageFormat;

  @ApiProperty({ type: () => TemplateSource })
  @IsDefined({ message: 'is required' })
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => TemplateSource)
  source!: TemplateSource;

  @ApiPropertyOptional({ type: String, description: 'What the file must have; another one is refused.' })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/, { message: 'must be 64 lower-case hex digits' })
  sha256?: string;

  @ApiPropertyOptional({ type: () => TemplateDefaults, description: 'For VMs that do not say.' })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => TemplateDefaults)
  defaults?: TemplateDefaults;
}

export class TemplateView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiPropertyOptional({ type: String, description: 'Left out: shared by all.' }) project?: string;
  @ApiPropertyOptional({ type: String, description: 'The alias that names the newest of them.' })
  family?: string;
  @ApiPropertyOptional({ type: String }) version?: string;
  @ApiProperty({ enum: IMAGE_FORMATS }) format!: ImageFormat;
  @ApiProperty({ enum: TEMPLATE_STATES }) state!: TemplateState;
  @ApiProperty({ enum: TEMPLATE_SOURCES }) source!: TemplateSourceType;
  @ApiPropertyOptional({ type: String, description: 'SHA-256 of the image file.' }) sha256?: string;
  @ApiPropertyOptional({ type: 'integer' }) fileBytes?: number;
  @ApiPropertyOptional({ type: 'integer' }) virtualBytes?: number;
  @ApiProperty({ type: () => TemplateDefaults }) defaults!: TemplateDefaults;
  @ApiPropertyOptional({ type: () => OperationErrorView }) error?: OperationErrorView;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class TemplateListView {
  @ApiProperty({ type: () => [TemplateView] }) items!: TemplateView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class TemplateChangeView {
  @ApiProperty({ type: () => TemplateView }) template!: TemplateView;
  @ApiProperty({ type: () => OperationView }) operation!: OperationView;
}
