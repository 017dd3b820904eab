export { AddressEntity } from './address.entity.js';
export { type BackupDisk, BackupEntity, type BackupSpec } from './backup.entity.js';
export { DiskEntity, newDisk, outlivesVm } from './disk.entity.js';
export { HostEntity } from './host.entity.js';
export { NetworkEntity } from './network.entity.js';
export { NicEntity } from './nic.entity.js';
export { OperationEntity, type OperationGoal } from './operation.entity.js';
export { OutboxEntity } from './outbox.entity.js';
export { PoolEntity } from './pool.entity.js';
export { PortForwardEntity } from './port-forward.entity.js';
export { ProjectEntity } from './project.entity.js';
export {
  type RestoreRow,
  type SnapshotDisk,
  SnapshotEntity,
} from './snapshot.entity.js';
export { TemplateEntity } from './template.entity.js';
export { TokenEntity } from './token.entity.js';
export { VmEntity } from './vm.entity.js';
