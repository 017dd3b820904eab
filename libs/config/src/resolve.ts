import { normalize } from 'node:path';
import type { ConfigFault } from './config-error.js';
import { findText } from './find-text.js';
import { hostInUrl, parse } from './parse.js';
import { shown } from './redact.js';
import type { Setting, Settings } from './setting.js';
import type { Source } from './sources.js';

/** One setting after the search: its value, and where it came from. */
export interface Resolved {
  key: string;
  setting: Setting;
  value: unknown;
  /** The text as given or from the default; nothing when absent. */
  text: string | undefined;
  from: string;
}

export interface Place {
  cwd: string;
  hostname: string;
}

/** Every setting of the app, and every fault: the search does not stop at the first. */
export function resolveSettings(
  settings: Settings,
  sources: readonly Source[],
  place: Place,
): { resolved: Resolved[]; faults: ConfigFault[] } {
  const resolved: Resolved[] = [];
  const faults: ConfigFault[] = [];
  const ofDefaults: ConfigFault[] = [];
  for (const [key, setting] of Object.entries(settings)) {
    const found = findText(setting, sources, place.cwd);
    if (found.kind === 'fault') {
      faults.push(found.fault);
    } else if (found.kind === 'absent' && setting.required) {
      faults.push(missing(setting));
    } else {
      const text = found.kind === 'given' ? found.text : fillIn(setting, settings, sources, place);
      const from = found.kind === 'given' ? found.from : 'default';
      const result = text === undefined ? undefined : parse(setting, text, place.cwd);
      if (result?.ok === false) {
        const echo = setting.secret ? 'its value' : JSON.stringify(shown(setting, text ?? ''));
        faults.push({
          key: setting.env,
          problem: `${echo} (${from}) ${result.problem}`,
          instead: result.instead,
        });
      } else {
        resolved.push({ key, setting, value: result?.value, text, from });
      }
    }
  }
  return {
    resolved,
    faults: [...faults, ...ofDefaults.filter((fault) => !follows(fault, faults, settings))],
  };
}

/** A default that is made of a faulty setting is that setting's fault. */
function follows(fault: ConfigFault, faults: readonly ConfigFault[], settings: Settings): boolean {
  const made = Object.values(settings).find((s) => s.env === fault.key)?.default ?? '';
  return faults.some((other) => made.includes(`<${other.key}>`));
}

function missing(setting: Setting): ConfigFault {
  const like = setting.example === undefined ? '' : `, such as ${setting.example}`;
  const file = setting.secret ? ` (or ${setting.env}_FILE)` : '';
  return {
    key: setting.env,
    problem: 'is required and not set',
    instead: `set ${setting.env}${file}${like}`,
  };
}

/** The default with the texts of the settings it names. */
function fillIn(
  setting: Setting,
  settings: Settings,
  sources: readonly Source[],
  place: Place,
): string | undefined {
  const text = setting.default?.replace(/<([^>]+)>/g, (_, name: string) => {
    if (name === 'hostname') return place.hostname;
    const other = Object.values(settings).find((s) => s.env === name);
    const found = other && findText(other, sources, place.cwd);
    const value = (found?.kind === 'given' ? found.text : other?.default) ?? '';
    return setting.type === 'url' ? hostInUrl(value) : value;
  });
  return text !== undefined && setting.type === 'path' ? normalize(text) : text;
}
