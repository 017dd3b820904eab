import { APP_SETTINGS, type AppName, allNames, namesOf, ownersOf } from './apps.js';
import type { ConfigFault } from './config-error.js';
import { flagOf } from './parse-argv.js';
import type { Source } from './sources.js';
import { suggest } from './suggest.js';

/**
 * Names that no app knows: most often a slip that would otherwise be silently ignored. In the environment and in
 * `.env` the names of the other apps are fine, on the command line they are not.
 */
export function unknownNames(app: AppName, sources: readonly Source[]): ConfigFault[] {
  return sources.flatMap((source) =>
    [...source.values.keys()]
      .filter((name) => !isKnown(app, name, source))
      .map((name) => describe(app, name, source)),
  );
}

function isKnown(app: AppName, name: string, source: Source): boolean {
  const owners = ownersOf(name);
  return source.name === 'command line' ? owners.includes(app) : owners.length > 0;
}

function describe(app: AppName, name: string, source: Source): ConfigFault {
  const onLine = source.name === 'command line';
  const written = onLine ? flagOf(name) : name;
  const others = ownersOf(name);
  if (others.length > 0) {
    return { key: written, problem: `belongs to ${others.join(', ')}, not to ${app}`, instead: 'remove it' };
  }
  const known = onLine ? namesOf(APP_SETTINGS[app]) : allNames();
  const near = suggest(name, known);
  return {
    key: written,
    problem: `is not a setting (${source.name})`,
    instead:
      near === undefined
        ? 'remove it; docs/CONFIGURATION.md lists all'
        : `did you mean ${onLine ? flagOf(near) : near}?`,
  };
}
