import { ApiExtension } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode, exampleProblem } from '#libs/errors';
import type { AnyResponse, Document, Operation } from './document.js';

/** Codes that a route may answer with beyond those that its shape brings along. */
export const Fails = (...codes: ErrorCode[]): MethodDecorator & ClassDecorator =>
  ApiExtension('x-errors', codes);

/** What the devices of a VM may lack. */
export const NEW_PARTS = [
  'address_exhausted',
  'address_in_use',
  'port_exhausted',
  'port_in_use',
  'storage_full',
  'pool_unavailable',
  'image_missing',
  'placement_failed',
  'quota_exceeded',
] as const satisfies ErrorCode[];
/** The same, and its name may be taken. */
export const NEW_VM = ['already_exists', ...NEW_PARTS] as const satisfies ErrorCode[];

const ALWAYS: readonly ErrorCode[] = [
  'invalid_input',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'internal',
  'unavailable',
];
const WITH_A_BODY: readonly ErrorCode[] = ['invalid_json', 'payload_too_large', 'unsupported_media_type'];
const CHANGES: readonly ErrorCode[] = ['conflict', 'invalid_state', 'resource_in_use'];
const WITH_A_KEY: readonly ErrorCode[] = ['idempotency_key_reused', 'idempotency_in_progress'];

/** All codes of an operation: what its method, path, headers and body bring along, and what it declares. */
export function codesOf(path: string, method: string, operation: Operation): ErrorCode[] {
  const has = (name: string) => operation.parameters?.some((it) => it.name === name) ?? false;
  const codes = [
    ...ALWAYS,
    ...(path.includes('{') ? (['not_found'] as const) : []),
    ...(operation.requestBody || method !== 'get' ? WITH_A_BODY : []),
    ...(method === 'get' ? [] : CHANGES),
    ...(method === 'get' || operation['x-dry-run'] ? [] : (['unsupported'] as const)),
    ...(has('Idempotency-Key') ? WITH_A_KEY : []),
    ...(has('If-Match') ? (['precondition_failed'] as const) : []),
    ...((operation['x-errors'] ?? []) as ErrorCode[]),
  ];
  return Object.keys(ERROR_CODES).filter((code) => codes.includes(code as ErrorCode)) as ErrorCode[];
}

/** The example of each code, to be referred to. */
export function problemExamples(codes: Set<ErrorCode>): Record<string, unknown> {
  return Object.fromEntries(
    [...codes].sort().map((code) => {
      const { title, cause } = ERROR_CODES[code];
      return [code, { summary: title, description: cause, value: exampleProblem(code) }];
    }),
  );
}

/** A response for each status; operations with the same codes of a status share it. */
export function failureResponses(document: Document, codes: ErrorCode[]): Record<string, AnyResponse> {
  document.components.responses ??= {};
  const shared = document.components.responses;
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_CODES[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].map(([status, own]) => {
    const name = own.join('.');
    shared[name] ??= response(own, status);
    return [String(status), { $ref: `#/components/responses/${name}` }];
  });
  return Object.fromEntries(entries);
}

function response(codes: ErrorCode[], status: number): AnyResponse {
  const lines = codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].cause}`);
  const headers = ['X-Request-Id', 'Access-Control-Allow-Origin', 'RateLimit-Limit', 'RateLimit-Reset'];
  if (status === 412) headers.push('ETag');
  if (status === 429 || status === 503 || status === 409) headers.push('Retry-After');
  return {
    description: lines.join('\n\n'),
    headers: headersNamed(headers),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/ProblemView' },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

export const headersNamed = (names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
