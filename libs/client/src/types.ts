import type { components, paths } from './gen/api.js';

type Schemas = components['schemas'];
type QueryOf<T> = T extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;

export type Vm = Schemas['VmView'];
export type VmChange = Schemas['VmChangeView'];
export type CreateVm = Schemas['CreateVmInput'];
export type PatchVm = Schemas['PatchVmInput'];
export type Shutdown = Schemas['ShutdownInput'];
export type Reboot = Schemas['RebootInput'];
export type VmExit = Schemas['ExitView'];
export type VmExitSummary = Schemas['ExitSummaryView'];
export type GuestExec = Schemas['GuestExecInput'];
export type GuestExecResult = Schemas['GuestExecView'];
export type GuestInterface = Schemas['GuestInterfaceView'];
export type GuestFile = Schemas['GuestFileView'];
export type OpenConsole = Schemas['OpenConsoleInput'];
export type ConsoleTicket = Schemas['ConsoleTicketView'];
export type ConsoleKind = ConsoleTicket['kind'];
export type PortForward = Schemas['PortForwardView'];
export type ListedPortForward = Schemas['ListedPortForwardView'];
export type CreatePortForward = Schemas['CreatePortForwardInput'];
export type Network = Schemas['NetworkView'];
export type CreateNetwork = Schemas['CreateNetworkInput'];
export type PatchNetwork = Schemas['PatchNetworkInput'];
export type Address = Schemas['AddressView'];
export type ReserveAddress = Schemas['ReserveAddressInput'];
export type Operation = Schemas['OperationView'];
export type OperationStep = Schemas['StepView'];
export type Host = Schemas['HostView'];
export type PatchHost = Schemas['PatchHostInput'];
export type Disk = Schemas['DiskResourceView'];
export type DiskChange = Schemas['DiskChangeView'];
export type CreateDisk = Schemas['CreateDiskInput'];
export type PatchDisk = Schemas['PatchDiskInput'];
export type StrayDisk = Schemas['StrayDiskView'];
export type RestoreStrayDisk = Schemas['RestoreStrayDiskInput'];
export type AttachDisk = Schemas['AttachInput'];
export type Pool = Schemas['PoolView'];
export type PatchPool = Schemas['PatchPoolInput'];
export type Template = Schemas['TemplateView'];
export type TemplateChange = Schemas['TemplateChangeView'];
export type CreateTemplate = Schemas['CreateTemplateInput'];
export type Backup = Schemas['BackupView'];
export type BackupChange = Schemas['BackupChangeView'];
export type CreateBackup = Schemas['CreateBackupInput'];
export type RestoreBackup = Schemas['RestoreBackupInput'];
export type Snapshot = Schemas['SnapshotView'];
export type SnapshotChange = Schemas['SnapshotChangeView'];
export type CreateSnapshot = Schemas['CreateSnapshotInput'];
export type CloneVm = Schemas['CloneVmInput'];
export type Token = Schemas['TokenView'];
export type NewToken = Schemas['NewTokenView'];
export type CreateToken = Schemas['CreateTokenInput'];
export type EnrollHost = Schemas['EnrollHostInput'];
export type EnrolledHost = Schemas['EnrolledHostView'];
export type FieldFault = Schemas['FaultView'];
export type Problem = Schemas['ProblemView'];

export type VmQuery = QueryOf<paths['/v1/vms']['get']>;
export type OperationQuery = QueryOf<paths['/v1/operations']['get']>;
export type DiskQuery = QueryOf<paths['/v1/disks']['get']>;
export type PageQuery = QueryOf<paths['/v1/hosts']['get']>;
export type AddressQuery = QueryOf<paths['/v1/addresses']['get']>;
export type PortForwardQuery = QueryOf<paths['/v1/port-forwards']['get']>;
export type SnapshotQuery = QueryOf<paths['/v1/snapshots']['get']>;
export type BackupQuery = QueryOf<paths['/v1/backups']['get']>;
export type WaitGoal = NonNullable<QueryOf<paths['/v1/vms/{id}/wait']['get']>['for']>;

/** One page of a list; `nextCursor` is there when more follow. */
export interface Page<T> {
  items: T[];
  nextCursor?: string;
}
