export { Database, LOCKS } from './database.js';
export {
  DiskEntity,
  NicEntity,
  OperationEntity,
  type OperationGoal,
  OutboxEntity,
  PortForwardEntity,
  TemplateEntity,
  TokenEntity,
  VmEntity,
} from './entities/index.js';
export type { GuestAgentRow } from './entities/vm.entity.js';
export type { ExitRow, FullExitRow } from './repositories/exit.repository.js';
export type { SeenHost } from './repositories/host.repository.js';
export type { OperationEnd } from './repositories/operation.repository.js';
export type { PortRange } from './repositories/port-forward.repository.js';
export type { SeenVm, VmChange } from './repositories/vm.repository.js';
export type { VmParts } from './repositories/vm-parts.repository.js';
export type { Tx } from './transaction.js';
export { waitForChange } from './wait-for-change.js';
