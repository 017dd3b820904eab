import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { OptionalInteger } from './fields.js';

export const TEXT_ENCODINGS = ['utf8', 'base64'] as const;
/** How bytes of a guest are written in JSON. */
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

export const GUEST_FILE_MAX_BYTES = 1024 * 1024;
export const EXEC_SECONDS_MAX = 300;
export const FREEZE_SECONDS_MAX = 600;
const PATH_MAX_CHARS = 4096;
const ARGUMENTS_MAX = 256;
const TEXT_MAX_CHARS = 128 * 1024;
/** The body itself has at most 1 MiB. */
const CONTENT_MAX_CHARS = 1024 * 1024;

/** As \p{Cc}, for readers of the description that know no classes of characters. */
const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f';
const NO_NUL = /^[^\0]*$/;
const noNul = { message: 'must not contain a NUL character' };

function GuestPath(options: ApiPropertyOptions) {
  return applyDecorators(
    ApiProperty({ type: String, ...options } as ApiPropertyOptions),
    IsString({ message: 'must be a string' }),
    Matches(/^[^\0]+$/, { message: 'must not be empty or contain a NUL character' }),
    MaxLength(PATH_MAX_CHARS, { message: `must have at most ${PATH_MAX_CHARS} characters` }),
  );
}

function Encoding(description: string) {
  return applyDecorators(
    ApiPropertyOptional({ enum: TEXT_ENCODINGS, default: 'utf8', description }),
    IsOptional(),
    IsIn(TEXT_ENCODINGS, { message: `must be one of: ${TEXT_ENCODINGS.join(', ')}` }),
  );
}

function TextList(options: ApiPropertyOptions, pattern: RegExp, message: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: [String], ...options } as ApiPropertyOptions),
    IsOptional(),
    IsArray({ message: 'must be a list' }),
    ArrayMaxSize(ARGUMENTS_MAX, { message: `must have at most ${ARGUMENTS_MAX} entries` }),
    IsString({ each: true, message: 'must be a list of strings' }),
    MaxLength(TEXT_MAX_CHARS, { each: true, message: `must have at most ${TEXT_MAX_CHARS} characters each` }),
    Matches(pattern, { each: true, message }),
  );
}

/** A program to run in the guest; no shell is involved. */
export class GuestExecInput {
  @GuestPath({ description: 'The program in the guest.', example: '/bin/cat' })
  path!: string;

  @TextList({ example: ['/proc/uptime'] }, NO_NUL, noNul.message)
  arguments?: string[];

  @TextList({ description: 'NAME=value', example: ['LANG=C'] }, /^[^=\0]+=[^\0]*$/, 'must be NAME=value')
  environment?: string[];

  @ApiPropertyOptional({ type: String, description: 'What the program reads; left out: nothing.' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(CONTENT_MAX_CHARS, { message: `must have at most ${CONTENT_MAX_CHARS} characters` })
  stdin?: string;

  @Encoding('Of stdin and of both outputs.')
  encoding?: TextEncoding;

  @OptionalInteger(1, EXEC_SECONDS_MAX, {
    default: 30,
    description: 'How long the program may run; one that runs longer goes on in the guest.',
  })
  timeoutSeconds?: number;
}

export class GuestFreezeInput {
  @OptionalInteger(1, FREEZE_SECONDS_MAX, {
    default: 60,
    description: 'After this time the file systems are thawed, whatever happens.',
  })
  thawAfterSeconds?: number;
}

export class GuestSetPasswordInput {
  @ApiProperty({ type: String, pattern: `^[^:${CONTROLS}]{1,256}$`, example: 'root' })
  @IsString({ message: 'must be a string' })
  @Matches(/^[^\p{Cc}:]{1,256}$/u, {
    message: 'must be 1 to 256 characters without colons or control characters',
  })
  user!: string;

  @ApiProperty({
    type: String,
    format: 'password',
    pattern: `^[^${CONTROLS}]{1,1024}$`,
    example: 'correct horse battery staple',
  })
  @IsString({ message: 'must be a string' })
  @Matches(/^[^\p{Cc}]{1,1024}$/u, { message: 'must be 1 to 1024 characters without control characters' })
  password!: string;
}

export class GuestReadFileInput {
  @GuestPath({ description: 'A file in the guest.', example: '/etc/hostname' })
  path!: string;

  @OptionalInteger(1, GUEST_FILE_MAX_BYTES, { default: GUEST_FILE_MAX_BYTES })
  maxBytes?: number;

  @Encoding('Of the content; bytes that are no UTF-8 need base64.')
  encoding?: TextEncoding;
}

export class GuestWriteFileInput {
  @GuestPath({ description: 'A file in the guest; it is replaced.', example: '/etc/motd' })
  path!: string;

  @ApiProperty({ type: String, example: 'Welcome.\n' })
  @IsString({ message: 'must be a string' })
  @MaxLength(CONTENT_MAX_CHARS, { message: `must have at most ${CONTENT_MAX_CHARS} characters` })
  content!: string;

  @Encoding('Of the content.')
  encoding?: TextEncoding;
}
