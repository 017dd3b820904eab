import { ERROR_CODES, type ErrorCode } from './codes.js';

const REQUEST_ID = '0b9f6f0e-6a55-4d3c-9a59-0c1f6a2f7a11';
const FAULT = { field: 'memoryMiB', code: 'min', message: 'must be at least 16' };

/** A body as the API answers with it, for those who read about a code. */
export function exampleProblem(code: ErrorCode) {
  const { title, status, example, hint, retryable } = ERROR_CODES[code];
  return {
    type: `urn:vman:error:${code}`,
    title,
    status,
    detail: example,
    instance: '/v1/vms/web-1',
    code,
    retryable,
    hint,
    requestId: REQUEST_ID,
    ...(code === 'invalid_input' ? { errors: [FAULT] } : {}),
  };
}
