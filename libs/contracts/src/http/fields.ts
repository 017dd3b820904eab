/** Rules that several request bodies share: names, labels, sizes. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  IsInt,
  IsNotEmptyObject,
  IsOptional,
  Matches,
  Max,
  Min,
  registerDecorator,
  type ValidationArguments,
} from 'class-validator';

/** A DNS label: it becomes the guest's host name. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const LABEL_KEY_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/;
const LABELS_MAX = 64;
const LABEL_VALUE_MAX = 256;
export const VCPUS_MAX = 256;
export const MEMORY_MIB_MIN = 16;
export const MEMORY_MIB_MAX = 4 * 1024 * 1024;
export const DISK_GIB_MAX = 64 * 1024;
export const SHUTDOWN_SECONDS_MAX = 3600;
export const UNPLUG_SECONDS_MAX = 600;

export function Name(options: ApiPropertyOptions = {}) {
  return applyDecorators(
    ApiProperty({ type: String, pattern: NAME_PATTERN.source, maxLength: 63, example: 'web-1', ...options }),
    Matches(NAME_PATTERN, {
      message:
        'must be 1 to 63 lower-case letters, digits or hyphens, beginning and ending with a letter or digit',
    }),
  );
}

/** The optional name or id of a network. */
export function NetworkName(options: ApiPropertyOptions = {}) {
  return applyDecorators(
    ApiPropertyOptional({ type: String, maxLength: 63, example: 'lan', ...options } as ApiPropertyOptions),
    IsOptional(),
    Matches(NAME_PATTERN, { message: 'must be the name or id of a network' }),
  );
}

/** An optional integer within limits. */
export function OptionalInteger(min: number, max: number, options: ApiPropertyOptions = {}) {
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: min, maximum: max, ...options } as ApiPropertyOptions),
    IsOptional(),
    IsInt({ message: 'must be an integer' }),
    Min(min, { message: `must be at least ${min}` }),
    Max(max, { message: `must be at most ${max}` }),
  );
}

/** What is wrong with a label map; undefined when nothing is. In a patch, null removes a label. */
export function labelFault(value: unknown, nullRemoves: boolean): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'must be an object of strings';
  const entries = Object.entries(value);
  if (entries.length > LABELS_MAX) return `must have at most ${LABELS_MAX} entries`;
  for (const [key, text] of entries) {
    if (!LABEL_KEY_PATTERN.test(key))
      return `has a key that is not valid: ${JSON.stringify(key.slice(0, 80))}`;
    if (nullRemoves && text === null) continue;
    if (typeof text !== 'string') return `must have a string for the key ${key}`;
    if (text.length > LABEL_VALUE_MAX) {
      return `must have at most ${LABEL_VALUE_MAX} characters for the key ${key}`;
    }
  }
  return undefined;
}

function IsLabelMap(nullRemoves: boolean): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isLabelMap',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => labelFault(value, nullRemoves) === undefined,
        defaultMessage: (args?: ValidationArguments) => labelFault(args?.value, nullRemoves) ?? '',
      },
    });
}

/** A label map with something in it. */
export function SomeLabels(options: ApiPropertyOptions = {}) {
  return applyDecorators(
    ApiProperty({
      type: 'object',
      additionalProperties: { type: 'string' },
      minProperties: 1,
      ...options,
    } as ApiPropertyOptions),
    IsNotEmptyObject({ nullable: false }, { message: 'must have an entry' }),
    IsLabelMap(false),
  );
}

export function Labels(kind: 'whole' | 'patch' = 'whole', description?: string) {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      additionalProperties: { type: 'string', nullable: kind === 'patch' },
      example: { tier: 'web' },
      description:
        description ??
        (kind === 'patch' ? 'Merged into the present labels; null removes one.' : 'A map of strings.'),
    }),
    IsOptional(),
    IsLabelMap(kind === 'patch'),
  );
}

/** What guests and QEMU write may be anything. */
export const ANY_TEXT = '^[\\s\\S]*$';

export const CPU_MODEL = /^[A-Za-z0-9._-]{1,64}$/;
export const CPU_MODEL_FORM = 'must be 1 to 64 letters, digits, dots, hyphens or underscores';

/** What a value that is not one of these words is told. */
export const oneOf = (words: readonly string[]) => ({ message: `must be one of: ${words.join(', ')}` });
