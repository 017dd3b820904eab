export { type DiskSpaceOptions, diskSpaceCheck } from './disk-space-check.js';
export { Draining } from './draining.js';
export { HealthModule, type HealthModuleAsyncOptions } from './health.module.js';
export { type HealthAnswer, HealthService } from './health.service.js';
export type { CheckOutcome, HealthCheck } from './health-check.js';
export { Liveness } from './liveness.js';
export { pingCheck } from './ping-check.js';
export { ServiceManager } from './service-manager.js';
export { storageCheck } from './storage-check.js';
