/** What a guest is told about itself at its first boot, as requests and answers name it. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';

const LIST = { message: 'must be a list' };
const most = (count: number) => ({ message: `must have at most ${count} entries` });

/** A label or a whole domain name; the label is what the guest calls itself. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const USER_NAME = /^[a-z_][a-z0-9_-]{0,31}$/;
/** As crypt(3) writes it: `$6$...`, `$y$...`. */
const PASSWORD_HASH = /^\$(2[aby]|5|6|7|y|gy)\$[A-Za-z0-9./$=,]{8,250}$/;
const SHELL = /^\/[A-Za-z0-9._/+-]{1,127}$/;
const PACKAGE = /^[A-Za-z0-9][A-Za-z0-9+.:~_=@/-]{0,127}$/;
const TIMEZONE = /^[A-Za-z0-9_+-]{1,32}(\/[A-Za-z0-9_+-]{1,32}){0,2}$/;
const SSH_KEY_MAX = 16 * 1024;
const COMMAND_MAX = 4096;

function KeyList(description: string): PropertyDecorator {
  return (target, property) => {
    ApiPropertyOptional({ type: [String], nullable: true, description })(target, property);
    IsOptional()(target, property);
    IsArray(LIST)(target, property);
    ArrayMaxSize(64, most(64))(target, property);
    IsString({ each: true, message: 'must be strings' })(target, property);
    MaxLength(SSH_KEY_MAX, { each: true, message: `must have at most ${SSH_KEY_MAX} characters each` })(
      target,
      property,
    );
  };
}

export class CloudUserInput {
  @ApiProperty({ type: String, pattern: USER_NAME.source, example: 'anna' })
  @Matches(USER_NAME, { message: 'must be 1 to 32 lower-case letters, digits, hyphens or underscores' })
  name!: string;

  @KeyList('Public keys of this user.')
  sshKeys?: string[] | null;

  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'May do everything, without a password.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  sudo?: boolean | null;

  @ApiPropertyOptional({
    type: String,
    writeOnly: true,
    description: 'As crypt(3) writes it (`mkpasswd`), never the password itself. Left out: no password fits.',
  })
  @IsOptional()
  @Matches(PASSWORD_HASH, { message: 'must be a hash as crypt(3) writes it, such as $6$... or $y$...' })
  passwordHash?: string | null;

  @ApiPropertyOptional({ type: String, example: '/bin/bash' })
  @IsOptional()
  @Matches(SHELL, { message: 'must be an absolute path' })
  shell?: string | null;

  @ApiPropertyOptional({ type: [String], example: ['docker'] })
  @IsOptional()
  @IsArray(LIST)
  @ArrayMaxSize(32, most(32))
  @Matches(USER_NAME, { each: true, message: 'must be names of groups' })
  groups?: string[] | null;
}

/** In a PATCH, a field that is left out stays, and null removes it. */
export class CloudInitInput {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'Left out: the name of the VM.' })
  @IsOptional()
  @Matches(HOST_NAME, { message: 'must be a host name of lower-case letters, digits, hyphens and dots' })
  hostName?: string | null;

  @ApiPropertyOptional({ type: () => [CloudUserInput], nullable: true })
  @IsOptional()
  @IsArray(LIST)
  @ArrayMaxSize(32, most(32))
  @IsObject({ each: true, message: 'must be objects' })
  @ValidateNested({ each: true })
  @Type(() => CloudUserInput)
  users?: CloudUserInput[] | null;

  @KeyList("Public keys of the image's own user.")
  sshKeys?: string[] | null;

  @ApiPropertyOptional({ type: [String], nullable: true, example: ['nginx'] })
  @IsOptional()
  @IsArray(LIST)
  @ArrayMaxSize(256, most(256))
  @Matches(PACKAGE, { each: true, message: 'must be names of packages' })
  packages?: string[] | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    writeOnly: true,
    description: 'Lines for the shell of the guest, run as root at the end of its first boot.',
  })
  @IsOptional()
  @IsArray(LIST)
  @ArrayMaxSize(64, most(64))
  @IsString({ each: true, message: 'must be strings' })
  @MaxLength(COMMAND_MAX, { each: true, message: `must have at most ${COMMAND_MAX} characters each` })
  runCommands?: string[] | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'Europe/Berlin' })
  @IsOptional()
  @Matches(TIMEZONE, { message: 'must be a time zone such as Europe/Berlin' })
  timezone?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    writeOnly: true,
    description:
      'Raw user data instead of users, packages, runCommands and timezone: begins as cloud-init wants it (#cloud-config, #!, #include, ## template: jinja, Content-Type: multipart); at most 64 KiB.',
  })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  userData?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    writeOnly: true,
    description:
      'Raw network configuration, version 1 or 2, instead of the one made from nics; at most 16 KiB.',
  })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  networkConfig?: string | null;
}

/** What is known of a text that is never given out again. */
export class SecretTextView {
  @ApiProperty({ type: String, description: 'Of its UTF-8 bytes.' }) sha256!: string;
  @ApiProperty({ type: 'integer' }) sizeBytes!: number;
}

export class CloudUserView {
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: [String] }) sshKeys!: string[];
  @ApiProperty({ type: Boolean }) sudo!: boolean;
  @ApiPropertyOptional({ type: () => SecretTextView }) passwordHash?: SecretTextView;
  @ApiPropertyOptional({ type: String }) shell?: string;
  @ApiProperty({ type: [String] }) groups!: string[];
}

export class CloudInitView {
  @ApiProperty({ type: String, description: 'Another one means another first boot, with the next start.' })
  instanceId!: string;
  @ApiProperty({ type: String }) hostName!: string;
  @ApiProperty({ type: () => [CloudUserView] }) users!: CloudUserView[];
  @ApiProperty({ type: [String] }) sshKeys!: string[];
  @ApiProperty({ type: [String] }) packages!: string[];
  @ApiPropertyOptional({ type: () => SecretTextView, description: 'Of all lines, each with its line end.' })
  runCommands?: SecretTextView;
  @ApiPropertyOptional({ type: String }) timezone?: string;
  @ApiPropertyOptional({ type: () => SecretTextView }) userData?: SecretTextView;
  @ApiPropertyOptional({ type: () => SecretTextView, description: 'Left out: made from the nics.' })
  networkConfig?: SecretTextView;
}
