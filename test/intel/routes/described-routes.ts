/** The routes of the API as its own description tells them, for tests that go through all of them. */
import type { IntelUnderTest } from '../intel-under-test.js';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

interface MediaType {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { $ref?: string; value?: unknown }>;
}

export interface Route {
  operationId: string;
  method: string;
  path: string;
  permission: string;
  /** Names of what its path is filled with, such as `id`. */
  params: string[];
  query: { name: string; schema: Schema }[];
  headers: string[];
  body: { schema: Schema; example: unknown } | undefined;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; examples: Record<string, { value?: unknown }> };
}

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, MediaType> };
  'x-permission': string;
}

const nameOf = ($ref: string) => $ref.slice($ref.lastIndexOf('/') + 1);

export class DescribedRoutes {
  readonly routes: Route[];

  private constructor(private readonly document: Document) {
    this.routes = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => this.routeOf(path, method, operation)),
    );
  }

  static async of(intel: IntelUnderTest): Promise<DescribedRoutes> {
    const { body } = await intel.request<Document>('GET', '/openapi.json', undefined, { token: '' });
    return new DescribedRoutes(body);
  }

  /** What a reference leads to. */
  schemaOf(schema: Schema): Schema {
    return schema.$ref ? (this.document.components.schemas[nameOf(schema.$ref)] ?? {}) : schema;
  }

  private routeOf(path: string, method: string, operation: Operation): Route {
    const { parameters = [], requestBody, operationId } = operation;
    const within = (place: string) => parameters.filter((it) => it.in === place);
    const json = Object.entries(requestBody?.content ?? {}).find(([type]) => type.endsWith('json'))?.[1];
    return {
      operationId,
      method: method.toUpperCase(),
      path,
      permission: operation['x-permission'],
      params: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''),
      query: within('query').map(({ name, schema }) => ({ name, schema })),
      headers: within('header').map(({ name }) => name),
      body: json && { schema: json.schema ?? {}, example: this.exampleOf(json) },
    };
  }

  private exampleOf({ example, examples = {} }: MediaType): unknown {
    if (example !== undefined) return example;
    const [first] = Object.values(examples);
    return first?.$ref ? this.document.components.examples[nameOf(first.$ref)]?.value : first?.value;
  }
}
