import { expect, it } from '@jest/globals';
import { ERROR_CODES, type ErrorCode } from './codes.js';
import { exampleProblem } from './example-problem.js';

const codes = Object.entries(ERROR_CODES);

it('every code tells its cause, an example of its own and what to do', () => {
  for (const [code, { cause, example, hint }] of codes) {
    expect([code, cause, example, hint].filter((text) => text.trim() === '')).toEqual([]);
    if (code !== 'invalid_json') expect([code, example]).not.toEqual([code, cause]);
  }
  const examples = codes.map(([, { example }]) => example);
  expect(new Set(examples).size).toBe(examples.length);
});

it('no example has a path or SQL, and all fit the statuses of the API', () => {
  for (const [code, { example, status }] of codes) {
    expect([code, example]).toEqual([
      code,
      expect.not.stringMatching(/(^|\s)\/(var|home|etc|work)|SELECT|INSERT/),
    ]);
    expect([400, 401, 403, 404, 405, 409, 412, 413, 415, 429, 500, 502, 503, 504, 507]).toContain(status);
    expect(exampleProblem(code as ErrorCode)).toMatchObject({ code, status, detail: example });
  }
});
