import { describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import { checkIfMatch, etagOf } from './etag.js';
import { leastRole, mayDo, PERMISSIONS } from './permissions.js';
import { waitOf } from './prefer.js';
import { asKnownError, problemOf } from './problem.js';
import { refusedVerb } from './refusals.js';
import { faultsOf } from './validation.pipe.js';

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
  for (const seen of [undefined, '*', '"g3"', '"g2", "g3"'])
    expect(() => checkIfMatch(seen, 3)).not.toThrow();
  for (const seen of ['"g2"', 'g3', 'W/"g3"']) expect(() => checkIfMatch(seen, 3)).toThrow(etagOf(3));
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
