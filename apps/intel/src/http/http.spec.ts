import { describe, expect, it } from '@jest/globals';
import { HttpException, RequestMethod } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import { DRY_RUN } from './dry-run.js';
import { ACCESS, leastRole, mayDo, PERMISSIONS } from './permissions.js';
import { waitOf } from './prefer.js';
import { asKnownError, problemOf } from './problem.js';
import { refusedVerb } from './refusals.js';
import { openOf } from './route-declarations.js';
import { faultsOf } from './validation.pipe.js';
import { etagOf, matches, VERSION } from './version.js';

it.each([
  ['wait=30', 30_000],
  ['respond-async, wait=5', 5_000],
  ['wait=99999', 120_000],
  ['wait=x', 0],
  ['nowait=3', 0],
  [undefined, 0],
])('Prefer: %s waits %d ms', (prefer, ms) => {
  expect(waitOf(prefer)).toBe(ms);
});

it('If-Match lets pass who saw this version, or any', () => {
  for (const seen of ['*', '"g3"', '"g2", "g3"']) expect(matches(seen, '"g3"')).toBe(true);
  for (const seen of ['"g2"', 'g3', 'W/"g3"', '']) expect(matches(seen, '"g3"')).toBe(false);
});

it('an ETag stands for what counts, in whatever order it comes', () => {
  const all = { counts: (view: object) => view };
  const one = { id: 'x', labels: { a: '1', b: '2' } };
  expect(etagOf(all, { labels: { b: '2', a: '1' }, id: 'x', gone: undefined } as never)).toBe(
    etagOf(all, one),
  );
  expect(etagOf(all, { ...one, labels: {} } as never)).not.toBe(etagOf(all, one));
  expect(etagOf(all, one)).toMatch(/^"[\w-]{22}"$/);
  expect(etagOf({ counts: () => 7 }, one)).toBe('"g7"');
});

describe('a route is refused at the start', () => {
  const route = (method: RequestMethod, declared: Map<symbol, unknown>, path = '/v1/x') => ({
    name: 'X.y',
    method,
    path,
    declares: (key: symbol) => declared.get(key),
  });
  const whole = new Map<symbol, unknown>([
    [ACCESS, 'vms:read'],
    [VERSION, {}],
    [DRY_RUN, false],
  ]);

  it('unless it declares who may, and a change what If-Match and dryRun mean for it', () => {
    expect(openOf(route(RequestMethod.PATCH, whole))).toEqual([]);
    expect(openOf(route(RequestMethod.GET, new Map([[ACCESS, 'vms:read']])))).toEqual([]);
    for (const key of whole.keys()) {
      const lacking = new Map([...whole].filter(([it]) => it !== key));
      for (const method of [
        RequestMethod.POST,
        RequestMethod.PATCH,
        RequestMethod.DELETE,
        RequestMethod.PUT,
      ]) {
        expect(openOf(route(method, lacking))).toHaveLength(1);
      }
    }
  });

  it('but not one of the libraries, or one that guards itself', () => {
    expect(openOf(route(RequestMethod.GET, new Map(), '/health'))).toEqual([]);
    expect(openOf(route(RequestMethod.PUT, new Map([[ACCESS, 'public']])))).toEqual([]);
  });
});

it('every permission belongs to a least role, and all roles above have it', () => {
  for (const permission of PERMISSIONS) {
    expect(mayDo('admin', permission)).toBe(true);
    expect(mayDo(leastRole(permission), permission)).toBe(true);
  }
  expect([leastRole('vms:read'), leastRole('vms:power'), leastRole('tokens:manage')]).toEqual([
    'viewer',
    'operator',
    'admin',
  ]);
});

it('faults of nested lists are told by their whole path', () => {
  const leaf = { property: 'port', constraints: { isInt: 'must be an integer' } };
  const tree = [{ property: 'nics', children: [{ property: '0', children: [leaf] }] }];
  expect(faultsOf(tree)).toEqual([{ field: 'nics[0].port', code: 'isInt', message: 'must be an integer' }]);
});

describe('what is thrown', () => {
  it.each([
    [new HttpException('x', 404), 'not_found'],
    [new HttpException('x', 405), 'method_not_allowed'],
    [{ statusCode: 413 }, 'payload_too_large'],
    [{ statusCode: 415 }, 'unsupported_media_type'],
    [{ statusCode: 400 }, 'invalid_json'],
    [{ statusCode: 418 }, 'internal'],
    [new Error('SELECT 1'), 'internal'],
    [null, 'internal'],
    [new VmanError('protected', 'x'), 'protected'],
  ])('%s becomes %s', (thrown, code) => {
    const problem = problemOf(asKnownError(thrown), '/v1/x', 'r');
    expect(problem).toMatchObject({
      code,
      type: `urn:vman:error:${code}`,
      requestId: 'r',
      instance: '/v1/x',
    });
    expect(JSON.stringify(problem)).not.toContain('SELECT');
  });
});

it.each([
  ['POST', '/v1/vms', 'vm.create', 'vm'],
  ['POST', '/v1/vms/:id/start', 'vm.start', 'vm'],
  ['DELETE', '/v1/addresses/:id', 'address.delete', 'address'],
  ['PATCH', '/v1/quotas/:id', 'quota.update', null],
  ['PUT', '/v1/templates/:id/content', 'template.content.write', 'template'],
])('a refused %s of %s is told as %s', (method, route, verb, resourceKind) => {
  const id = '018f0000-0000-7000-8000-000000000000';
  expect(refusedVerb({ method, route, id })).toEqual({ verb, resourceKind, resourceId: id });
  expect(refusedVerb({ method, route, id: 'a-name' }).resourceId).toBeNull();
});
