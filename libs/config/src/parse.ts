import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseDuration } from './parse-duration.js';
import { parseFailpoints } from './parse-failpoints.js';
import { parsePools } from './parse-pools.js';
import type { ParseResult } from './parse-result.js';
import type { Setting } from './setting.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const KERNELS = /^\/(proc|sys)(\/|$)/;
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
      return path(text, setting, cwd);
    case 'address':
      return isIP(text)
        ? good(text)
        : bad('is not an IP address', 'write an address such as 10.0.0.5 or fd00::5');
    case 'network-list':
      return networkList(text);
    case 'url':
      return url(text, setting.schemes);
    case 'url-list':
      return urlList(text, setting);
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

function path(text: string, rule: { read?: true; maxBytes?: number }, cwd: string): ParseResult {
  if (text.includes('\0')) return bad('holds a zero byte', 'write a path');
  const absolute = resolve(cwd, text);
  if (rule.maxBytes !== undefined && Buffer.byteLength(absolute) > rule.maxBytes)
    return bad('is too long', `write a path of at most ${rule.maxBytes} bytes`);
  // `mkdir -p` of Node never returns there
  if (!rule.read && KERNELS.test(absolute))
    return bad('lies in a file system of the kernel', 'name a place on a disk');
  const fault = rule.read && whyUnreadable(absolute);
  return fault ? bad(`cannot be read (${fault})`, 'name a file that this user can read') : good(absolute);
}

function whyUnreadable(file: string): string | undefined {
  try {
    readFileSync(file);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

function networkList(text: string): ParseResult {
  const networks = text.split(',').map((it) => it.trim());
  return networks.every(isNetwork)
    ? good(networks.join(','))
    : bad('has a part that is no network', 'write networks such as 10.1.0.0/16, comma separated');
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  return isIP(address) > 0 && Number(bits) <= (isIP(address) === 4 ? 32 : 128);
}

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

function urlList(text: string, rule: { schemes: readonly string[]; noUser?: string }): ParseResult {
  const parts = text.split(',').map((part) => part.trim());
  const results = parts.map((part) => url(part, rule.schemes));
  if (rule.noUser !== undefined && results.every((r) => r.ok) && parts.some(hasUser))
    return bad('holds a name or a password, which is not used', `put it into ${rule.noUser}`);
  const fault = results.find((r) => !r.ok);
  return fault ?? good(results.map((r) => (r.ok ? r.value : '')).join(','));
}

function hasUser(text: string): boolean {
  const parsed = URL.parse(text);
  return parsed !== null && parsed.username + parsed.password !== '';
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
