export { DiskEntity } from './disk.entity.js';
export { HostEntity } from './host.entity.js';
export { NicEntity } from './nic.entity.js';
export { OperationEntity, type OperationGoal } from './operation.entity.js';
export { OutboxEntity } from './outbox.entity.js';
export { PortForwardEntity } from './port-forward.entity.js';
export { TemplateEntity } from './template.entity.js';
export { TokenEntity } from './token.entity.js';
export { VmEntity } from './vm.entity.js';
