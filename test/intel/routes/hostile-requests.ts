/** Requests that no one in his right mind sends, one for each route, from a seed. */
import { randomUUID } from 'node:crypto';
import type { DescribedRoutes, Route, Schema } from './described-routes.js';
import type { OneOfEach } from './one-of-each.js';

export interface Hostile {
  path: string;
  body: string | undefined;
  headers: Record<string, string>;
}

const DEEPEST = 4_000;
/** Waits would only make the run long. */
const WAITS = ['wait', 'timeout'];

const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  2 ** 63,
  Number.MIN_VALUE,
  '',
  ' ',
  'a'.repeat(100_000),
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\ufeff\u200b',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🧨',
  'ﷺ'.repeat(300),
  `'; DROP TABLE vms; --`,
  '%s%n%d{{7*7}}',
  '../../../etc/passwd',
  '-9223372036854775809',
  '1e400',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
  '9999-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '::ffff:999.1.1.1',
  '00000000-0000-0000-0000-000000000000',
  [],
  [[]],
  [null],
  {},
  { __proto__x: 1, constructor: { prototype: {} }, toString: 'x' },
  { $gt: '' },
  { length: 1e9 },
];

/** Small and good enough: a run is the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function hostileRequests(
  described: DescribedRoutes,
  ids: OneOfEach,
  seed: number,
): { route: Route; request: Hostile }[] {
  const random = randomOf(seed);
  const maker = new HostileRequests(described, ids, random);
  return described.routes.map((route) => ({ route, request: maker.of(route) }));
}

class HostileRequests {
  constructor(
    private readonly described: DescribedRoutes,
    private readonly ids: OneOfEach,
    private readonly random: () => number,
  ) {}

  of(route: Route): Hostile {
    return { path: this.pathOf(route), body: this.bodyOf(route), headers: this.headersOf(route) };
  }

  private chance(share: number): boolean {
    return this.random() < share;
  }

  private pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.random() * of.length)] as T;
  }

  private pathOf(route: Route): string {
    const noun = route.path.split('/')[2] ?? '';
    // Bodies are looked at only where the path names something that is there.
    const share = route.body || route.query.length > 0 ? 0.1 : 0.6;
    const path = route.path.replace(/\{(\w+)\}/g, (_all, name: string) => {
      const good = (name === 'id' ? this.ids[noun] : this.ids[name]) ?? randomUUID();
      return this.chance(share) ? this.hostileId() : good;
    });
    const query = route.query
      .filter(({ name }) => WAITS.includes(name) || this.chance(0.5))
      .map(({ name, schema }) => `${name}=${this.queryValue(name, schema)}`);
    if (this.chance(0.1)) query.push('limit=1&limit=2', 'x[y]=z');
    return query.length > 0 ? `${path}?${query.join('&')}` : path;
  }

  private hostileId(): string {
    const texts = [
      '%00',
      '%ff',
      '..%2f..',
      '%2e%2e',
      'a'.repeat(199),
      'a'.repeat(5_000),
      '%F0%9F%A7%A8',
      '%zz',
      "'",
    ];
    return this.pick([randomUUID(), '0', '-', ...texts]);
  }

  private queryValue(name: string, schema: Schema): string {
    if (WAITS.includes(name)) return this.pick(['0s', 'x', '-1s', '1e9s', '']);
    const known = this.described.schemaOf(schema).enum;
    if (known && this.chance(0.3)) return String(this.pick(known));
    const value = this.pick(NASTY);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return encodeURIComponent(text.slice(0, 3_000).replace(/\p{Surrogate}/gu, '?'));
  }

  private headersOf(route: Route): Record<string, string> {
    const odd = ['', '*', 'W/"g1"', '"g1"', '"g1",,"', 'x'.repeat(4_000), '\xe9', '0', '-1', '1e99'];
    const some = [...route.headers, 'Idempotency-Key', 'If-Match', 'X-Request-Id', 'Accept'];
    const wanted = some.filter((name) => name !== 'Prefer' && this.chance(0.15));
    const headers = Object.fromEntries(wanted.map((name) => [name, this.pick(odd)]));
    // A stream of events would not end.
    if (route.path === '/v1/events') headers.Accept = 'application/json';
    const types = [
      'application/json',
      'application/merge-patch+json',
      'text/plain',
      'application/octet-stream',
    ];
    if (this.chance(0.05)) headers['content-type'] = this.pick(types);
    return headers;
  }

  private bodyOf(route: Route): string | undefined {
    if (['GET', 'DELETE'].includes(route.method)) return undefined;
    if (!route.body) return this.pick([undefined, '{}', '{"x":1}']);
    if (this.chance(0.05)) return this.deep();
    if (this.chance(0.05))
      return this.pick(['', '{', 'null', '[]', '"x"', '1', '{"a":1}{"b":2}', '\ufeff{}']);
    const body = this.valueOf(route.body.schema, 0);
    return JSON.stringify(
      this.chance(0.5) ? { ...(route.body.example as object), ...(body as object) } : body,
    );
  }

  private deep(): string {
    const [open, close] = this.pick([
      ['[', ']'],
      ['{"labels":', '}'],
      ['{"disks":[', ']}'],
    ] as const);
    return `${open.repeat(DEEPEST)}1${close.repeat(DEEPEST)}`;
  }

  /** Mostly as the schema has it, so that what lies deep is reached; nasty somewhere. */
  private valueOf(given: Schema, depth: number): unknown {
    const schema = this.described.schemaOf(given);
    const [first] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
    if (this.chance(depth === 0 ? 0.02 : 0.12)) return this.pick(NASTY);
    if (first) return this.valueOf(first, depth + 1);
    if (schema.enum) return this.pick(schema.enum);
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    switch (type) {
      case 'object':
        return this.objectOf(schema, depth);
      case 'array': {
        const length = this.chance(0.03) ? 2_000 : Math.floor(this.random() * 4);
        return Array.from({ length }, () => this.valueOf(schema.items ?? {}, depth + 1));
      }
      case 'integer':
      case 'number':
        return this.pick([0, 1, 2, 16, 64, 80, 1024, 65_535, 2 ** 31, 1.5]);
      case 'boolean':
        return this.chance(0.5);
      default:
        return this.pick([
          'a',
          'x-1',
          '10.71.0.0/24',
          '10.71.0.9',
          randomUUID(),
          this.ids.vms,
          'user',
          'local',
          '1h',
        ]);
    }
  }

  private objectOf(schema: Schema, depth: number): object {
    const fields = Object.entries(schema.properties ?? {}).filter(
      ([name]) => (schema.required?.includes(name) && this.chance(0.9)) || this.chance(0.4),
    );
    const value: Record<string, unknown> = Object.fromEntries(
      fields.map(([name, field]) => [name, this.valueOf(field, depth + 1)]),
    );
    if (this.chance(0.05)) value[JSON.stringify(this.pick(NASTY)).slice(1, -1)] = this.pick(NASTY);
    return value;
  }
}
