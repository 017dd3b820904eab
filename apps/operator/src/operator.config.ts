/** What this program is: the settings live in libs/config. */
export const SERVICE = 'operator';
export const AGENT_VERSION = '0.1.0';
/** After SIGTERM, running steps have this long to come to their end. */
export const DRAIN_MS = 5_000;
