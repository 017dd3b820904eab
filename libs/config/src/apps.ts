import type { Setting, ValuesOf } from './setting.js';
import { commonSettings } from './settings/common.js';
import { intelSettings } from './settings/intel.js';
import { observerSettings } from './settings/observer.js';
import { operatorSettings } from './settings/operator.js';

/** Which service knows which settings. */
export const APP_SETTINGS = {
  intel: { ...commonSettings, ...intelSettings },
  operator: { ...commonSettings, ...operatorSettings },
  observer: { ...commonSettings, ...observerSettings },
} as const;

export type AppName = keyof typeof APP_SETTINGS;

/** The settings of an app as they came out: parsed, complete, frozen. */
export type ConfigOf<A extends AppName> = ValuesOf<(typeof APP_SETTINGS)[A]>;
export type IntelConfig = ConfigOf<'intel'>;
export type OperatorConfig = ConfigOf<'operator'>;
export type ObserverConfig = ConfigOf<'observer'>;

/** Names of the `vman` command and of the project's tools and tests; they may stand in the same environment and `.env`. */
const TOOL_NAMES = /^VMAN_(TEST_[A-Z0-9_]+|NATS_SERVER|URL|TOKEN|TOKEN_FILE|CONTEXT)$/;

/** The apps that know the name (a secret's `_FILE` too), or `tools`; nothing when nobody does. */
export function ownersOf(name: string): readonly string[] {
  if (TOOL_NAMES.test(name)) return ['tools'];
  return Object.entries(APP_SETTINGS)
    .filter(([, settings]) => namesOf(settings).includes(name))
    .map(([app]) => app);
}

/** All names that the given settings, or those of all apps, can be given by. */
export function namesOf(settings: Readonly<Record<string, Setting>>): string[] {
  return Object.values(settings).flatMap((s) => (s.secret ? [s.env, `${s.env}_FILE`] : [s.env]));
}

export function allNames(): string[] {
  return [...new Set(Object.values(APP_SETTINGS).flatMap(namesOf))];
}
