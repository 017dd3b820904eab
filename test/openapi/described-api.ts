/** openapi/intel.yaml as a judge of real answers: of every one that the tests get, whatever they look at themselves. */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formatsPlugin from 'ajv-formats';
import { parse } from 'yaml';
import { PROJECT } from '../e2e/stack/project-root.js';

interface Schema {
  $ref?: string;
  properties?: Record<string, unknown>;
  additionalProperties?: unknown;
  [key: string]: unknown;
}

interface Described {
  $ref?: string;
  content?: Record<string, { schema?: Schema }>;
}

interface Operation {
  operationId: string;
  responses: Record<string, Described>;
  'x-errors': string[];
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Described> };
}

export interface SeenAnswer {
  method: string;
  /** With or without a query. */
  path: string;
  status: number;
  contentType: string;
  body: unknown;
}

const SOURCE = join(PROJECT, 'openapi', 'intel.yaml');
const CACHE = join(PROJECT, '.data', 'cache', 'openapi.json');

let loaded: DescribedApi | undefined;

/** Throws when an answer of the API is not what its description says. */
export function expectDescribed(answer: SeenAnswer): void {
  loaded ??= new DescribedApi(readDocument());
  const fault = loaded.faultOf(answer);
  if (fault) {
    const shown = JSON.stringify(answer.body)?.slice(0, 2000);
    throw new Error(`${answer.method} ${answer.path} is not as openapi/intel.yaml says: ${fault}\n${shown}`);
  }
}

class DescribedApi {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly routes: { pattern: RegExp; depth: number; item: Record<string, Operation> }[];
  private readonly validators = new Map<Schema, ValidateFunction>();

  constructor(private readonly document: Document) {
    formatsPlugin.default(this.ajv);
    const schemas = Object.entries(document.components.schemas);
    const components = { schemas: Object.fromEntries(schemas.map(([name, it]) => [name, closed(it)])) };
    this.ajv.addSchema({ $id: 'api', components });
    this.routes = Object.entries(document.paths).map(([path, item]) => ({
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
      depth: path.replace(/\{\w+\}/g, '').length,
      item,
    }));
    this.routes.sort((a, b) => b.depth - a.depth);
  }

  faultOf({ method, path, status, contentType, body }: SeenAnswer): string | undefined {
    const [pathname = ''] = path.split('?');
    const route = this.routes.find(({ pattern }) => pattern.test(pathname));
    const operation = route?.item[method.toLowerCase()];
    // What is not described answers that it does not exist.
    if (!operation) return undefined;
    const described = operation.responses[String(status)];
    if (!described) return `status ${status} (${codeOf(body) ?? 'no code'})`;
    const { content } = this.resolve(described);
    if (!content) return body === undefined || body === '' ? undefined : `status ${status} has no body`;
    const type = contentType.split(';')[0]?.trim() ?? '';
    const media = content[type];
    if (!media) return `content type ${type} of status ${status}`;
    const code = codeOf(body);
    if (status >= 400 && !operation['x-errors'].includes(code ?? '')) return `code ${code}`;
    const validate = this.validatorOf(media.schema ?? {});
    return validate(body) ? undefined : this.ajv.errorsText(validate.errors, { dataVar: 'body' });
  }

  private resolve(described: Described): Described {
    const name = described.$ref?.slice(described.$ref.lastIndexOf('/') + 1);
    return name === undefined ? described : (this.document.components.responses[name] ?? {});
  }

  private validatorOf(schema: Schema): ValidateFunction {
    const known = this.validators.get(schema);
    if (known) return known;
    const made = this.ajv.compile(closed(schema));
    this.validators.set(schema, made);
    return made;
  }
}

const codeOf = (body: unknown) => (body as { code?: string } | null | undefined)?.code;

/** Readers live with fields that they do not know; a test does not: each must be described. */
function closed(schema: unknown): Schema {
  if (Array.isArray(schema)) return schema.map(closed) as unknown as Schema;
  if (typeof schema !== 'object' || schema === null) return schema as unknown as Schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'properties' ? mapped(value as Record<string, unknown>) : closed(value),
    ]),
  ) as Schema;
  if (inner.$ref) return { ...inner, $ref: `api${inner.$ref}` };
  return inner.properties && inner.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

const mapped = (schemas: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(schemas).map(([name, it]) => [name, closed(it)]));

/** Parsed once for all test files: YAML of this size takes a while. */
function readDocument(): Document {
  const changed = statSync(SOURCE).mtimeMs;
  if (existsSync(CACHE) && statSync(CACHE).mtimeMs >= changed) return JSON.parse(readFileSync(CACHE, 'utf8'));
  const text = readFileSync(SOURCE, 'utf8');
  const document: Document = parse(text);
  mkdirSync(join(CACHE, '..'), { recursive: true });
  const own = `${CACHE}.${process.pid}`;
  writeFileSync(own, JSON.stringify(document));
  renameSync(own, CACHE);
  return document;
}
