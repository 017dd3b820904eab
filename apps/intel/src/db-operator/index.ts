export { Database, LOCKS, type OutboxSender } from './database.js';
export type { CloudInitRow, CloudUserRow } from './entities/cloud-init-row.js';
export {
  type BackupDisk,
  BackupEntity,
  type BackupSpec,
  DiskEntity,
  NetworkEntity,
  NicEntity,
  newDisk,
  OperationEntity,
  type OperationGoal,
  outlivesVm,
  PortForwardEntity,
  ProjectEntity,
  type RestoreRow,
  type SnapshotDisk,
  SnapshotEntity,
  TemplateEntity,
  TokenEntity,
  VmEntity,
} from './entities/index.js';
export type { GuestAgentRow } from './entities/vm.entity.js';
export type { HeldLock } from './held-lock.js';
export type { HeldRow } from './hold-rows.js';
export type { ListWish } from './listing.js';
export { Rehearsal } from './rehearsal.js';
export type { AddressHolder, Taker } from './repositories/address.repository.js';
export {
  type ForeignAddress,
  type ListedAddress,
  USER_ADDRESS,
} from './repositories/address-list.repository.js';
export type { ListedAudit } from './repositories/audit.repository.js';
export type { ConsoleTicket } from './repositories/console-ticket.repository.js';
export type { SeenDisk } from './repositories/disk.repository.js';
export type { DriftRow } from './repositories/drift.repository.js';
export type { ExitRow, FullExitRow } from './repositories/exit.repository.js';
export type { Fact, FactFilter } from './repositories/fact.repository.js';
export type { FleetFigures } from './repositories/figures.repository.js';
export type { SeenHost } from './repositories/host.repository.js';
export type { OperationEnd } from './repositories/operation.repository.js';
export type { Lying } from './repositories/outbox.repository.js';
export type { SeenPool } from './repositories/pool.repository.js';
export type { ListedForward, PortRange } from './repositories/port-forward.repository.js';
export type { RepairRow } from './repositories/repair.repository.js';
export type { RepairPauseRow } from './repositories/repair-pause.repository.js';
export type { SeenSnapshot } from './repositories/snapshot.repository.js';
export type { StrayDiskRow } from './repositories/stray-disk.repository.js';
export type { StrayVmRow } from './repositories/stray-vm.repository.js';
export type { SeenVm, VmChange } from './repositories/vm.repository.js';
export type { VmParts } from './repositories/vm-parts.repository.js';
export { together } from './together.js';
export type { EndedOperation, OutboxRow, UnsentRow } from './told-rows.js';
export type { Tx } from './transaction.js';
export { waitForChange } from './wait-for-change.js';
