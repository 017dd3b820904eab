export { ApiError, UnreachableError, WaitTimeoutError } from './errors.js';
export { collect } from './pages.js';
export type { Ports } from './ports.js';
export type { FeedGap } from './resources/events.js';
export { hasEnded, type WaitOptions } from './resources/operations.js';
export type { Health, HealthDetail } from './resources/system.js';
export * from './types.js';
export { type ClientOptions, VmanClient } from './vman-client.js';
export * from './vocabulary.js';
