export { type CodeInfo, ERROR_CODES, type ErrorCode, isErrorCode, type Retryable } from './codes.js';
export { exampleProblem } from './example-problem.js';
export { type FieldFault, VmanError, type VmanErrorOptions } from './vman-error.js';
