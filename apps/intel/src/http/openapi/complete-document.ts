/**
 * What Nest reads from the code becomes the whole description: bounds, examples, the failures of each operation with
 * their codes, what a permission and a header mean. It is derived from the routes, so a new route has it all by itself.
 */
import { PAGE_MAX } from '#libs/contracts/http';
import type { ErrorCode } from '#libs/errors';
import { DRY_RUN_TYPE } from '../dry-run.js';
import { ON_CONFLICT, takesOnConflict } from '../on-conflict.js';
import { leastRole, OPEN_PATHS, type Permission } from '../permissions.js';
import { completeSchema } from './complete-schema.js';
import {
  type Document,
  type MediaType,
  type Operation,
  operationsOf,
  type Parameter,
  refName,
} from './document.js';
import { codesOf, failureResponses, headersNamed, problemExamples } from './failures.js';
import { REQUEST_EXAMPLES } from './request-examples.js';
import { type SampleOf, sampleOf } from './sample-of.js';
import { TAGS } from './tags.js';

/** As the router has it. */
const PATH_PARAMETER_MAX = 200;
/** Node takes no more in all headers and the address together. */
const HEADER_MAX = 16 * 1024;

const SUCCESSES: Readonly<Record<string, string>> = {
  '200': 'Done.',
  '201': 'Made. What is still to be done has an `operation`.',
  '202': 'Accepted; the `operation` says how far it is.',
  '204': 'Done; there is nothing to say.',
};

const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string', maxLength: 200, pattern: '^[ -~]*$', examples: [example] },
});
const count = (description: string, example: number) => ({
  description,
  schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 1_000_000, examples: [example] },
});

const HEADERS: Readonly<Record<string, unknown>> = {
  'X-Request-Id': text(
    'Names this request in logs, operations and the audit.',
    '0b9f6f0e-6a55-4d3c-9a59-0c1f6a2f7a11',
  ),
  'Access-Control-Allow-Origin': text(
    'Only pages of this very origin may read the answer.',
    'https://vman.internal',
  ),
  'RateLimit-Limit': count('Requests that the caller may make in a window, where rates are limited.', 600),
  'RateLimit-Reset': count('Seconds until the window begins anew.', 12),
  'Retry-After': count('Seconds after which the same request may succeed.', 2),
  ETag: text('The version of what is shown, for `If-Match`.', '"g3"'),
  Location: text('Where the operation is.', '/v1/operations/0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10'),
  'Idempotency-Replayed': text('This answer was given before to the same key.', 'true'),
  'Preference-Applied': text('How long the answer was held back.', 'wait=30'),
};

export function completeDocument(document: Document): Document {
  const { components } = document;
  // Probes and scrapers know these; they are no part of the API.
  for (const path of OPEN_PATHS) delete document.paths[path];
  for (const [name, schema] of Object.entries(components.schemas)) {
    const { items, nextCursor } = schema.properties ?? {};
    if (items && nextCursor) Object.assign(items, { maxItems: PAGE_MAX });
    const whole = completeSchema(schema);
    components.schemas[name] = name.endsWith('Input') ? closed(whole) : whole;
  }
  components.headers = HEADERS;
  const codes = new Set<ErrorCode>();
  for (const { path, method, operation } of operationsOf(document)) {
    completeOperation(document, path, method, operation);
    for (const code of operation['x-errors'] ?? []) codes.add(code as ErrorCode);
  }
  components.examples = { ...components.examples, ...problemExamples(codes) };
  const used = new Set(operationsOf(document).flatMap(({ operation }) => operation.tags ?? []));
  const tags = Object.entries(TAGS).filter(([name]) => used.has(name));
  return { ...document, ...{ tags: tags.map(([name, description]) => ({ name, description })) } };
}

/** Unknown fields are refused. */
const closed = (schema: Document['components']['schemas'][string]) =>
  schema.properties ? { ...schema, additionalProperties: false } : schema;

const KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes repeating harmless for 24 hours.',
  schema: { type: 'string' },
};

const IF_MATCH: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The ETag that was read: refuses the change of what somebody else has changed meanwhile.',
  schema: { type: 'string' },
};

const BUSY: Parameter = {
  name: 'onConflict',
  in: 'query',
  required: false,
  description: '`reject`: refuse with `conflict` when another change of the VM is open, instead of queueing.',
  schema: { type: 'string', enum: [...ON_CONFLICT], default: 'queue' },
};

function completeOperation(document: Document, path: string, method: string, operation: Operation): void {
  const named = operation.parameters?.some((it) => it.name === KEY.name) ?? false;
  // A PUT has the same effect each time by itself.
  if (method !== 'get' && method !== 'put' && !named) {
    operation.parameters = [...(operation.parameters ?? []), { ...KEY }];
  }
  const versioned = operation['x-version'] !== undefined;
  if (versioned && method !== 'get' && path.includes('{id}')) {
    operation.parameters = [...(operation.parameters ?? []), { ...IF_MATCH }];
  }
  if (takesOnConflict(method.toUpperCase(), path)) operation.parameters?.push({ ...BUSY });
  if (operation['x-dry-run']) offerDryRun(operation);
  for (const parameter of operation.parameters ?? []) completeParameter(parameter);
  for (const media of mediaOf(operation.requestBody?.content)) {
    completeMedia(document, media, 'request', REQUEST_EXAMPLES[operation.operationId]);
  }
  const successes = Object.entries(operation.responses).filter(([status]) => /^2/.test(status));
  for (const [status, response] of successes) {
    response.description ||= SUCCESSES[status] ?? 'Done.';
    response.headers = {
      ...response.headers,
      ...headersNamed(headersOf(operation, status)),
    };
    for (const media of mediaOf(response.content)) completeMedia(document, media, 'answer');
  }
  const codes = codesOf(path, method, operation);
  operation.responses = { ...Object.fromEntries(successes), ...failureResponses(document, codes) };
  operation['x-errors'] = codes;
  operation.description = describe(operation);
}

/** The change can be tried; then the answer says what it would have been. */
function offerDryRun(operation: Operation): void {
  const description = 'Nothing is written: the answer says what would be, with the plan of the host.';
  operation.parameters ??= [];
  operation.parameters.push({
    name: 'dryRun',
    in: 'query',
    description,
    schema: { type: 'boolean', default: false },
  });
  const schema = { $ref: '#/components/schemas/DryRunView' };
  const usual = operation.responses['200'] ?? { description: 'With `dryRun=true`: what would be.' };
  operation.responses['200'] = { ...usual, content: { ...usual.content, [DRY_RUN_TYPE]: { schema } } };
}

function headersOf(operation: Operation, status: string): string[] {
  const takesKey = operation.parameters?.some((it) => it.name === 'Idempotency-Key') ?? false;
  return [
    'X-Request-Id',
    'Access-Control-Allow-Origin',
    'RateLimit-Limit',
    'RateLimit-Reset',
    ...(operation['x-version'] !== undefined && status !== '204' ? ['ETag'] : []),
    ...(takesKey ? ['Idempotency-Replayed'] : []),
    ...(takesKey && (status === '201' || status === '202') ? ['Location', 'Preference-Applied'] : []),
  ];
}

const mediaOf = (content: Record<string, MediaType> = {}) => Object.values(content);

function completeMedia({ components }: Document, media: MediaType, what: SampleOf, example?: unknown): void {
  if (!media.schema) return;
  const binary = media.schema.format === 'binary';
  media.schema = binary ? {} : completeSchema(media.schema);
  if (binary || media.examples) return;
  const { $ref } = media.schema;
  if (example !== undefined || !$ref) {
    media.example ??= example ?? sampleOf(media.schema, components.schemas, what);
    return;
  }
  // Once for all operations that have it.
  const name = refName($ref);
  components.examples ??= {};
  components.examples[name] ??= { value: sampleOf(media.schema, components.schemas, what) };
  media.examples = { [name]: { $ref: `#/components/examples/${name}` } };
}

function completeParameter(parameter: Parameter): void {
  const { maxLength, ...schema } = parameter.schema ?? {};
  const longest = maxLength ?? (parameter.in === 'path' ? PATH_PARAMETER_MAX : HEADER_MAX);
  const isText = schema.type === 'string' && !schema.enum && !schema.format;
  parameter.schema = completeSchema(isText ? { ...schema, maxLength: longest } : schema);
  parameter.description ??= PARAMETERS[parameter.name] ?? `Only those with this ${parameter.name}.`;
}

const PARAMETERS: Readonly<Record<string, string>> = {
  id: 'Its id, or its name where names are unique.',
  limit: 'How many a page has at most.',
  sort: 'The order; `-` turns it round.',
};

function describe(operation: Operation): string {
  const permission = operation['x-permission'] as Permission | undefined;
  const parts = [
    `${operation.description ?? operation.summary}.`.replace(/\.+$/, '.'),
    permission ? `Needs the permission \`${permission}\`: role ${leastRole(permission)} or above.` : '',
    operation.responses['202'] ? 'The answer does not wait for the work: follow the `operation`.' : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
