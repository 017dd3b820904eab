import type { HealthCheck } from './health-check.js';

/** A check that is good when `ping` resolves; what it resolves with, if a string, is the message. */
export function pingCheck(name: string, critical: boolean, ping: () => Promise<unknown>): HealthCheck {
  return {
    name,
    critical,
    async run() {
      const said = await ping();
      return { ok: true, message: typeof said === 'string' ? said : 'answers' };
    },
  };
}
