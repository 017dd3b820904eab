import type { Setting } from './setting.js';

/**
 * Who a URL says that one is, up to its last `@`: a password that was not encoded may hold `/`, `@` and commas. A comma
 * before another URL ends it.
 */
const USER = /(\/\/)(?:(?!,\s*[a-z]+:\/\/)\S)*@/gi;

/** The text as it may be shown: nothing of a secret, no password of a URL. */
export function shown(setting: Setting, text: string): string {
  return setting.secret ? '[secret]' : withoutUsers(text);
}

export function withoutUsers(text: string): string {
  return text.replace(USER, '$1[secret]@');
}
