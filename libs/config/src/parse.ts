import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseDuration } from './parse-duration.js';
import { parseFailpoints } from './parse-failpoints.js';
import { parsePools } from './parse-pools.js';
import type { ParseResult } from './parse-result.js';
import type { Setting } from './setting.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

/** Text to value, by the type of the setting. `cwd` is where relative paths start. */
export function parse(setting: Setting, text: string, cwd: string): ParseResult {
  switch (setting.type) {
    case 'string':
      return setting.pattern === undefined || setting.pattern.test(text)
        ? good(text)
        : bad('does not have the right form', `write ${setting.form ?? `something like ${setting.example}`}`);
    case 'enum':
      return setting.values.includes(text)
        ? good(text)
        : bad('is not one of the choices', `write one of: ${setting.values.join(', ')}`);
    case 'integer':
      return integer(text, setting.min, setting.max, setting.unit);
    case 'boolean':
      return boolean(text);
    case 'duration':
      return parseDuration(text, setting.minMs, setting.maxMs);
    case 'path':
      return text.includes('\0') ? bad('holds a zero byte', 'write a path') : good(resolve(cwd, text));
    case 'url':
      return url(text, setting.schemes);
    case 'url-list':
      return urlList(text, setting.schemes);
    case 'port-range':
      return portRange(text);
    case 'uuid':
      return UUID.test(text)
        ? good(text.toLowerCase())
        : bad('is not a UUID', 'write a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057');
    case 'pools':
      return parsePools(text, cwd);
    case 'failpoints':
      return parseFailpoints(text);
  }
}

const good = (value: unknown): ParseResult => ({ ok: true, value });
const bad = (problem: string, instead: string): ParseResult => ({ ok: false, problem, instead });

function integer(text: string, min: number, max: number, unit = ''): ParseResult {
  const instead = `write a whole number from ${min} to ${max}${unit && ` (${unit})`}`;
  if (!/^-?\d+$/.test(text)) return bad('is not a whole number', instead);
  const value = Number(text);
  return value >= min && value <= max ? good(value) : bad('is out of range', instead);
}

function boolean(text: string): ParseResult {
  const word = text.toLowerCase();
  if (TRUE.has(word)) return good(true);
  return FALSE.has(word) ? good(false) : bad('is neither true nor false', 'write true or false');
}

function url(text: string, schemes: readonly string[]): ParseResult {
  const instead = `write a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`;
  const parsed = URL.parse(text);
  if (parsed === null) return bad('is not a URL', instead);
  if (!schemes.includes(parsed.protocol.slice(0, -1)))
    return bad('has a scheme that is not usable here', instead);
  return parsed.host === '' && !parsed.searchParams.has('host')
    ? bad('names no host', instead)
    : good(text.replace(/\/$/, ''));
}

function urlList(text: string, schemes: readonly string[]): ParseResult {
  const results = text.split(',').map((part) => url(part.trim(), schemes));
  const fault = results.find((r) => !r.ok);
  return fault ?? good(results.map((r) => (r.ok ? r.value : '')).join(','));
}

function portRange(text: string): ParseResult {
  const instead = 'write two ports from 1 to 65535, the lower first, such as 30000-32767';
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  if (match === null) return bad('is not a port range', instead);
  const first = Number(match[1]);
  const last = Number(match[2]);
  return first >= 1 && first <= last && last <= 65535
    ? good(Object.freeze({ first, last }))
    : bad('is not a port range', instead);
}

/** An IPv6 address needs brackets inside a URL. */
export function hostInUrl(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
