/**
 * No secret in any log line. Works on the finished JSON line, so that it sees everything at every depth: merged
 * objects, bindings of child loggers, error properties, messages. A cheap test finds the few lines that need work;
 * only those are parsed and written again. What breaks it: a secret inside free text under a harmless name that is
 * neither a bearer token nor a password or parameter of a URL; so texts must not hold secrets in the first place.
 */
const SECRET_WORDS =
  'authorization|cookie|token|password|passwd|passphrase|secret|user[-_]?data|ticket|credentials?|api[-_]?key|private[-_]?key|jwt|nkey';
/** A name is secret when it ends like this: `natsToken` and `tokens` are, `tokenId` is not. */
const SECRET_NAME = new RegExp(`(?:${SECRET_WORDS})s?$`, 'i');
const SUSPECT = new RegExp(`(?:${SECRET_WORDS})s?(?:"\\s*:|=)|://[^\\s"]*@|bearer\\s`, 'i');
/** Up to the last `@`: a password that was not encoded may hold `/` and `@`. */
const URL_PASSWORD = /(:\/\/)[^\s"']*@/g;
const PARAMETER = new RegExp(`((?:${SECRET_WORDS})s?=)[^&\\s"']+`, 'gi');
/** Shorter ones are words: `bearer token`. */
const BEARER = /\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}/gi;

export const REDACTED = '[redacted]';

/** The line without its secrets. */
export function redactLine(line: string): string {
  if (!SUSPECT.test(line)) return line;
  return `${JSON.stringify(redactValue(JSON.parse(line)))}\n`;
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    SECRET_NAME.test(name) && inner !== null ? REDACTED : redactValue(inner),
  ]);
  return Object.fromEntries(entries);
}

function redactText(text: string): string {
  return text
    .replace(URL_PASSWORD, `$1${REDACTED}@`)
    .replace(PARAMETER, `$1${REDACTED}`)
    .replace(BEARER, `$1 ${REDACTED}`);
}
