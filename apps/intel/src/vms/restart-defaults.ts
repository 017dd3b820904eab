import type { RestartPolicy } from '#libs/contracts';

export const DEFAULT_RESTART: RestartPolicy = { policy: 'on-failure', maxRetries: 5, windowSeconds: 300 };
