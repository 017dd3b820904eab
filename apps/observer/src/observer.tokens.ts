import type { Logger } from '#libs/logging';

/** Injection tokens of what main.ts makes before Nest starts. */
export const OBSERVER_BUS = Symbol('ObserverBus');
export const OBSERVER_CONFIG = Symbol('ObserverConfig');
export const OBSERVER_LOGGER = Symbol('ObserverLogger');

export type ObserverLogger = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
