import { UsageError } from '../errors.js';

/** Of terminals since telnet: nothing that guests use. */
export const ESCAPE_DEFAULT = '^]';

/** `^]` to its byte; `none` to nothing. */
export function parseEscape(text: string): number | undefined {
  if (text === 'none') return undefined;
  const key = /^\^([@-_a-z])$/.exec(text)?.[1]?.toUpperCase();
  if (key === undefined) throw new UsageError(`${text} is no control key.`, 'Write it as ^] or ^A, or none.');
  return key.charCodeAt(0) - 64;
}

/** What is typed before the key, and whether it came. */
export function cutAtEscape(bytes: Buffer, key: number | undefined): { typed: Buffer; left: boolean } {
  const at = key === undefined ? -1 : bytes.indexOf(key);
  return at < 0 ? { typed: bytes, left: false } : { typed: bytes.subarray(0, at), left: true };
}

/** As it is written on keyboards. */
export const keyName = (key: number) => `Ctrl-${String.fromCharCode(key + 64)}`;
