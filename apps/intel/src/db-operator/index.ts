export { Database, type DatabaseLogger, LOCKS } from './database.js';
export {
  DiskEntity,
  HostEntity,
  NicEntity,
  OperationEntity,
  type OperationGoal,
  OutboxEntity,
  PortForwardEntity,
  TemplateEntity,
  TokenEntity,
  VmEntity,
} from './entities/index.js';
export type { Page } from './keyset.js';
export type { Listener } from './listener.js';
export type { Change } from './notify.js';
export type { AuditRow } from './repositories/audit.repository.js';
export type { SeenHost } from './repositories/host.repository.js';
export type { StoredAnswer } from './repositories/idempotency.repository.js';
export type { OperationEnd, OperationFilter } from './repositories/operation.repository.js';
export type { PortRange } from './repositories/port-forward.repository.js';
export type { SeenVm, VmChange, VmFilter } from './repositories/vm.repository.js';
export type { VmParts } from './repositories/vm-parts.repository.js';
export type { Tx } from './transaction.js';
export { waitForChange } from './wait-for-change.js';
