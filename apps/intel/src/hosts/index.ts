export { ApplyHeartbeat } from './apply-heartbeat.usecase.js';
export { HostConsumers } from './host-consumers.js';
