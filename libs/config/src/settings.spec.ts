import { describe, expect, it } from '@jest/globals';
import { APP_SETTINGS } from './apps.js';
import { parse } from './parse.js';
import type { Setting } from './setting.js';

const all = Object.values(APP_SETTINGS).flatMap((settings) => Object.entries<Setting>(settings));

describe.each(all)('%s', (key, setting) => {
  it('is named like its variable', () => {
    const snake = key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    expect(setting.env).toBe(`VMAN_${snake}`);
  });

  it('has a description, and an example and a default that it accepts', () => {
    expect(setting.description).toMatch(/\.$/);
    const fixed = setting.default?.includes('<') ? undefined : setting.default;
    for (const text of [setting.example, fixed]) {
      if (text !== undefined) expect(parse(setting, text, '/')).toMatchObject({ ok: true });
    }
  });
});
