import { ERROR_CODES, type ErrorCode } from './codes.js';

/** One faulty field of a request or a setting. */
export interface FieldFault {
  /** Path with dots and indexes: `spec.disks[0].sizeGiB`. */
  field: string;
  code: string;
  message: string;
}

export interface VmanErrorOptions {
  /** All faulty fields at once. */
  fields?: FieldFault[];
  /** Says more than the hint of the code. */
  hint?: string;
  retryAfterSeconds?: number;
  /** The version that there is, where another one was expected. */
  etag?: string;
  cause?: unknown;
}

/** A refusal or fault with a stable code; `message` is for the person who asked and holds no secret and no path. */
export class VmanError extends Error {
  override readonly name = 'VmanError';
  readonly fields: FieldFault[];
  readonly hint: string;
  readonly retryAfterSeconds: number | undefined;
  readonly etag: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: VmanErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.fields = options.fields ?? [];
    this.hint = options.hint ?? ERROR_CODES[code].hint;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.etag = options.etag;
  }
}
