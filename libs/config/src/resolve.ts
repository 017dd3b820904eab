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

type Outcome = { ok: true; resolved: Resolved } | { ok: false; fault: ConfigFault; ofDefault: boolean };

/** Every setting of the app, and every fault: the search does not stop at the first. */
export function resolveSettings(
  settings: Settings,
  sources: readonly Source[],
  place: Place,
): { resolved: Resolved[]; faults: ConfigFault[] } {
  const outcomes = Object.keys(settings).map((key) => resolveOne(key, settings, sources, place));
  const failed = outcomes.filter((outcome) => !outcome.ok);
  const faulty = failed.map((outcome) => outcome.fault.key);
  return {
    resolved: outcomes.filter((outcome) => outcome.ok).map((outcome) => outcome.resolved),
    faults: failed
      .filter((outcome) => !(outcome.ofDefault && isMadeOf(outcome.fault.key, faulty, settings)))
      .map((outcome) => outcome.fault),
  };
}

function resolveOne(key: string, settings: Settings, sources: readonly Source[], place: Place): Outcome {
  const setting = settings[key] as Setting;
  const found = findText(setting, sources, place.cwd);
  if (found.kind === 'fault') return { ok: false, fault: found.fault, ofDefault: false };
  if (found.kind === 'given') return read(key, setting, found, place);
  if (setting.required) return { ok: false, fault: missing(setting), ofDefault: false };
  const text = fillIn(setting, settings, sources, place);
  if (text !== undefined) return read(key, setting, { text, from: 'default' }, place);
  return { ok: true, resolved: { key, setting, value: undefined, text, from: 'default' } };
}

function read(key: string, setting: Setting, given: { text: string; from: string }, place: Place): Outcome {
  const { text, from } = given;
  const result = parse(setting, text, place.cwd);
  if (result.ok) return { ok: true, resolved: { key, setting, value: result.value, text, from } };
  const echo = setting.secret ? 'its value' : JSON.stringify(shown(setting, text));
  const fault = { key: setting.env, problem: `${echo} (${from}) ${result.problem}`, instead: result.instead };
  return { ok: false, fault, ofDefault: from === 'default' };
}

/** A default made of a faulty setting is that setting's fault. */
function isMadeOf(env: string, faulty: readonly string[], settings: Settings): boolean {
  const made = Object.values(settings).find((s) => s.env === env)?.default ?? '';
  return faulty.some((other) => made.includes(`<${other}>`));
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
