import type { AppName, ConfigOf } from './apps.js';
import { runConfigCommand } from './config-command.js';
import { ConfigError, type ConfigFault, EXIT_CONFIG } from './config-error.js';
import { examine } from './examine.js';
import { armFailpoints } from './failpoints.js';
import type { ConfigSources } from './sources.js';

/**
 * The settings of an app: command line, then environment, then `.env`, then defaults.
 * @throws ConfigError with all faults at once.
 */
export function loadConfig<A extends AppName>(app: A, sources: ConfigSources = {}): ConfigOf<A> {
  const { resolved, faults } = examine(app, sources);
  if (faults.length > 0) throw new ConfigError(app, faults);
  const config = Object.fromEntries(resolved.map((r) => [r.key, r.value])) as ConfigOf<A>;
  if (config.failpoints !== undefined) armFailpoints(config.failpoints);
  return Object.freeze(config);
}

/** Ends the start because of a setting that only its use shows to be wrong. */
export function refuseSetting(app: AppName, fault: ConfigFault): never {
  process.stderr.write(`${new ConfigError(app, [fault]).message}\n`);
  return process.exit(EXIT_CONFIG);
}

/** For `main.ts`: answers `--check-config` and `config print`, and stops the start when a setting is faulty. */
export function loadConfigOrExit<A extends AppName>(app: A): ConfigOf<A> {
  if (runConfigCommand(app, process.argv.slice(2))) process.exit();
  try {
    return loadConfig(app);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(EXIT_CONFIG);
  }
}
