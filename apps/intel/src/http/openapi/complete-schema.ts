/**
 * A schema as Nest makes it becomes one of OpenAPI 3.1 with a bound on everything: null is a type, a reference has
 * its description beside it, and texts, numbers, lists and maps that no rule limits have the limits that hold for all.
 */
import type { Schema } from './document.js';

/** A body has at most 1 MiB, so no text in it has more. */
const TEXT_MAX = 1024 * 1024;
/** No request and no row holds a NUL. */
const NO_NUL = '^[^\\u0000]*$';
const LIST_MAX = 10_000;
const MAP_MAX = 64;
const INT32_MAX = 2 ** 31 - 1;
const FORMAT_LENGTHS: Readonly<Record<string, number>> = { uuid: 36, 'date-time': 40 };

type Raw = Schema & { 'x-each'?: Schema };

export function completeSchema(raw: Raw): Schema {
  const { nullable, example, 'x-each': each, allOf, ...rest } = raw;
  const [only, ...others] = allOf ?? [];
  // `allOf` with one reference is how Nest describes a reference.
  const flat: Schema =
    only && others.length === 0 ? { ...rest, ...only } : { ...rest, ...(allOf ? { allOf } : {}) };
  if (example !== undefined) flat.examples = [example];
  const whole = bound(withChildren(flat, each));
  return nullable ? orNull(whole) : whole;
}

function withChildren(schema: Schema, each: Schema = {}): Schema {
  const { properties, items, additionalProperties, allOf, anyOf, oneOf } = schema;
  return {
    ...schema,
    ...(properties ? { properties: mapOf(properties) } : {}),
    ...(items ? { items: completeSchema({ ...each, ...items }) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: completeSchema(additionalProperties) }
      : {}),
    ...(allOf ? { allOf: allOf.map(completeSchema) } : {}),
    ...(anyOf ? { anyOf: anyOf.map(completeSchema) } : {}),
    ...(oneOf ? { oneOf: oneOf.map(completeSchema) } : {}),
  };
}

const mapOf = (schemas: Record<string, Schema>) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, completeSchema(schema)]));

function bound(schema: Schema): Schema {
  if (schema.enum || schema.const !== undefined) return schema;
  switch ([schema.type].flat().find((it) => it !== 'null')) {
    case 'string':
      return {
        ...schema,
        ...(schema.format || schema.pattern ? {} : { pattern: NO_NUL }),
        maxLength: schema.maxLength ?? FORMAT_LENGTHS[schema.format ?? ''] ?? TEXT_MAX,
      };
    case 'integer': {
      const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
      return { ...schema, format: maximum > INT32_MAX ? 'int64' : 'int32', minimum, maximum };
    }
    case 'array':
      return { ...schema, maxItems: schema.maxItems ?? LIST_MAX };
    case 'object':
      return schema.properties ? schema : { ...schema, maxProperties: schema.maxProperties ?? MAP_MAX };
    default:
      return schema;
  }
}

function orNull(schema: Schema): Schema {
  if (schema.$ref) {
    const { $ref, ...rest } = schema;
    return { ...rest, anyOf: [{ $ref }, { type: 'null' }] };
  }
  const type = [schema.type ?? []].flat();
  return { ...schema, type: [...type, 'null'], ...(schema.enum ? { enum: [...schema.enum, null] } : {}) };
}
