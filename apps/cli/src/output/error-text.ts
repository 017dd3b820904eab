import { ApiError } from '#libs/client';
import { OperationFailedError, UsageError } from '../errors.js';
import { paint } from '../terminal/colour.js';
import { safeText } from '../terminal/safe-text.js';
import type { Format } from './formats.js';

/** What is said about an error; `operation` is there when one failed. */
interface Said {
  code: string;
  message: string;
  hint?: string;
  fields?: readonly { field: string; code: string; message: string }[];
  requestId?: string;
  operation?: string;
}

/** An error for people, or for programs when they asked for data. */
export function errorText(error: unknown, format: Format, colour: boolean): string {
  const said = saidOf(error);
  if (format === 'json' || format === 'yaml') return `${JSON.stringify({ error: said })}\n`;
  const lines = [
    `${paint('error:', 'red', colour)} ${safeText(`${said.message} [${said.code}]`)}`,
    ...(said.fields ?? []).map(({ field, message }) => safeText(`  ${field || 'body'}: ${message}`)),
    ...(said.hint ? [`  ${paint('hint:', 'yellow', colour)} ${safeText(said.hint)}`] : []),
    ...(said.operation ? [`  operation: ${said.operation}`] : []),
    ...(said.requestId ? [`  request: ${said.requestId}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function saidOf(error: unknown): Said {
  if (error instanceof ApiError) {
    const { code, message, hint, fields, requestId } = error;
    return { code, message, hint, fields: fields.length > 0 ? fields : undefined, requestId };
  }
  if (error instanceof OperationFailedError) {
    const { code, message, hint, operation } = error;
    return { code, message, hint, operation: operation.id, requestId: operation.requestId };
  }
  if (error instanceof UsageError) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof Error && 'code' in error && 'hint' in error) {
    return { code: String(error.code), message: error.message, hint: String(error.hint) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'fault', message, hint: 'This is a fault of vman itself.' };
}
