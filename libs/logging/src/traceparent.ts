import { randomBytes } from 'node:crypto';

const FORM = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Whether it is a `traceparent` of W3C's Trace Context. */
export const isTraceparent = (text: unknown): text is string => typeof text === 'string' && FORM.test(text);

/** Begins a trace of its own, for work that came with none. */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
