import { refName, type Schema } from './document.js';

/** Values that a reader recognises, by the name of the field; where the field has an example of its own, that is taken. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  id: '0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10',
  name: 'web-1',
  project: 'default',
  mac: '52:54:00:12:34:56',
  vcpus: 2,
  memoryMiB: 1024,
  detail: 'There is no such VM.',
  hostAddress: '127.0.0.1',
  address: '10.20.0.10',
  cidr: '10.20.0.0/24',
  bridge: 'br0',
  interface: 'eth0',
  requestedBy: 'admin',
  hostPort: 30022,
  guestPort: 22,
  prefix: 24,
  progress: 100,
  attempt: 1,
  generation: 1,
  observedGeneration: 1,
  sequence: 1,
  sizeGiB: 10,
  template: 'hello',
  vm: 'web-1',
  nextCursor: 'eyJpZCI6IjAxOTljMWYyIn0',
  version: '0.1.0',
  qemuVersion: '7.2.22',
  accelerator: 'kvm',
  requestId: '0b9f6f0e-6a55-4d3c-9a59-0c1f6a2f7a11',
};
const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: '0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10',
  'date-time': '2026-03-01T12:00:00.000Z',
  uri: 'https://images.example.org/debian-12.qcow2',
  password: 'correct horse battery staple',
};
const DEPTH_MAX = 8;

/** `answer`: everything that may be there. `request`: what must be, and what has an example of its own. */
export type SampleOf = 'answer' | 'request';

/** A value that fits the schema, the same each time. */
export function sampleOf(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  what: SampleOf,
  name = '',
  depth = 0,
): unknown {
  const next = (inner: Schema, of = name) => sampleOf(inner, schemas, what, of, depth + 1);
  const example = schema.examples?.[0];
  if (example !== undefined) return example;
  if (schema.$ref) return next(schemas[refName(schema.$ref)] ?? {});
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants?.[0]) return next(variants[0]);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((it) => next(it)));
  if (schema.enum) return schema.enum.find((it) => it === schema.default) ?? schema.enum[0];
  switch ([schema.type ?? 'object'].flat()[0]) {
    case 'boolean':
      return schema.default ?? false;
    case 'integer':
    case 'number':
      return numberFor(schema, name);
    case 'string':
      return textFor(schema, name);
    case 'array':
      return depth > DEPTH_MAX || !schema.items ? [] : [next(schema.items, name.replace(/e?s$/, ''))];
    default:
      return objectFor(schema, what, next, depth);
  }
}

function numberFor({ default: usual, minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema, name: string) {
  const known = BY_NAME[name];
  if (typeof known === 'number' && known >= minimum && known <= maximum) return known;
  return usual ?? minimum;
}

function textFor({ default: usual, format, pattern, maxLength = 0, minLength = 0 }: Schema, name: string) {
  const fits = (text: unknown): text is string =>
    typeof text === 'string' &&
    text.length <= maxLength &&
    text.length >= minLength &&
    (pattern === undefined || new RegExp(pattern, 'u').test(text));
  const candidates = [
    usual,
    BY_FORMAT[format ?? ''],
    BY_NAME[name],
    name || undefined,
    'text',
    'a',
    '1',
    '30s',
    '1GiB',
  ];
  return candidates.find(fits) ?? '';
}

function objectFor(
  schema: Schema,
  what: SampleOf,
  next: (inner: Schema, of: string) => unknown,
  depth: number,
): Record<string, unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const shown = Object.entries(properties).filter(
    ([name, inner]) =>
      required.includes(name) || (what === 'answer' ? depth < DEPTH_MAX : inner.examples !== undefined),
  );
  const own = Object.fromEntries(shown.map(([name, inner]) => [name, next(inner, name)]));
  if (shown.length > 0 || typeof additionalProperties !== 'object') return own;
  return { tier: next(additionalProperties, 'web') };
}
