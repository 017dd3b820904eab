import type { Setting } from './setting.js';

/** The text as it may be shown: nothing of a secret, no password of a URL. */
export function shown(setting: Setting, text: string): string {
  if (setting.secret) return '[secret]';
  return text.replace(/(\/\/)[^/@\s,]*@/g, '$1[secret]@');
}
