import { hostname } from 'node:os';
import { APP_SETTINGS, type AppName } from './apps.js';
import type { ConfigFault } from './config-error.js';
import { crossFaults } from './cross-faults.js';
import { type Resolved, resolveSettings } from './resolve.js';
import { type ConfigSources, readSources } from './sources.js';
import { unknownNames } from './unknown-names.js';

/** Looks at all sources once: what each setting came out as, and all faults. */
export function examine(app: AppName, given: ConfigSources): { resolved: Resolved[]; faults: ConfigFault[] } {
  const cwd = given.cwd ?? process.cwd();
  const argv = given.argv ?? process.argv.slice(2);
  const { sources, faults: unread } = readSources(argv, given.env ?? process.env, cwd);
  const unknown = unknownNames(app, sources);
  const { resolved, faults } = resolveSettings(APP_SETTINGS[app], sources, { cwd, hostname: hostname() });
  return { resolved, faults: [...unread, ...unknown, ...faults, ...crossFaults(resolved, faults)] };
}
