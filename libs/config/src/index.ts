export {
  APP_SETTINGS,
  type AppName,
  type ConfigOf,
  type IntelConfig,
  type ObserverConfig,
  type OperatorConfig,
} from './apps.js';
export { runConfigCommand } from './config-command.js';
export { ConfigError, type ConfigFault, EXIT_CONFIG } from './config-error.js';
export { armFailpoints, disarmFailpoints, FailpointError, failpoint, failpointSync } from './failpoints.js';
export { loadConfig, loadConfigOrExit, refuseSetting } from './load-config.js';
export type { FailpointAction, PoolDeclaration, PortRange, Setting, Settings } from './setting.js';
export type { ConfigSources } from './sources.js';
export { readSupervision, type Supervision } from './supervision.js';
