export const OPERATION_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

export const OPERATION_KINDS = [
  'vm.create',
  'vm.update',
  'vm.start',
  'vm.shutdown',
  'vm.stop',
  'vm.reboot',
  'vm.reset',
  'vm.pause',
  'vm.resume',
  'vm.delete',
  'vm.trash',
  'vm.untrash',
  'vm.repair',
  'vm.guest-shutdown',
  'vm.guest-refused',
  'vm.remove-disks',
  'vm.reassert',
  'vm.adopt',
  'vm.cancel',
  'vm.restore',
  'vm.restore-failed',
  'vm.clone',
  'vm.failover',
  'vm.move',
  'host.drain',
  'snapshot.create',
  'snapshot.delete',
  'disk.create',
  'disk.update',
  'disk.attach',
  'disk.detach',
  'disk.delete',
  'disk.quarantine',
  'disk.return',
  'disk.purge',
  'vm.swap-disks',
  'backup.create',
  'backup.delete',
  'backup.verify',
  'backup.restore',
  'backup.cancel',
  'template.import',
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const RESOURCE_KINDS = [
  'vm',
  'template',
  'disk',
  'snapshot',
  'backup',
  'pool',
  'network',
  'address',
  'host',
  'project',
  'operation',
  'token',
  'drift',
  'repair-pause',
] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

export const TEMPLATE_STATES = ['importing', 'ready', 'failed'] as const;
export type TemplateState = (typeof TEMPLATE_STATES)[number];

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
