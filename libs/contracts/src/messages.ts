/**
 * The bus messages as the code sees them: the generated shapes, with each closed vocabulary narrowed to its words
 * and each message that must be there made required. Only `codecs.ts` turns bytes into these.
 */
import type * as command from './gen/vman/v1/command.js';
import type * as consoles from './gen/vman/v1/console.js';
import type * as event from './gen/vman/v1/event.js';
import type * as guest from './gen/vman/v1/guest.js';
import type * as report from './gen/vman/v1/report.js';
import type * as rpc from './gen/vman/v1/rpc.js';
import type * as vm from './gen/vman/v1/vm.js';
import type {
  CloudInitStatus,
  CommandStatus,
  ConsoleKind,
  DiskCache,
  DiskDiscard,
  DiskFaultKind,
  DiskPresence,
  DriftDecisionKind,
  DriftRule,
  DriftState,
  ExitReason,
  Firmware,
  ForwardProtocol,
  GuestAgentState,
  ImageFormat,
  LauncherKind,
  LeaseSightState,
  LeaseState,
  LimitsKind,
  MachineType,
  NicKind,
  Origin,
  OrphanReason,
  PauseScope,
  PoolKind,
  PowerState,
  Presence,
  RepairAction,
  ReportedState,
  RestartPolicyName,
  StepOutcome,
  StreamEndReason,
  Watchdog,
} from './vocabulary.js';

export type {
  ConsoleLogReply,
  ConsoleLogRequest,
  DesiredRequest,
  DiskFile,
  DiskFilesReply,
  DiskFilesRequest,
  ImageGrant,
  ImageRequest,
  PlanReply,
  SeedMarker,
} from './gen/vman/v1/rpc.js';
export type Capacity = report.Capacity;
export type Hypervisor = report.Hypervisor;
export type NetworkAbilities = report.NetworkAbilities;
export type NicNetwork = vm.NicNetwork;
export type PoolReport = report.PoolReport & { kind: PoolKind };
export type Revision = report.Revision;
export type Failure = report.Failure;
export type StopMode = vm.StopMode;
export type Repair = command.Repair & { rule: DriftRule };
export type Converge = command.Converge & { rule: DriftRule };
export type StopCopy = command.StopCopy & { rule: DriftRule };

export type Cause = vm.Cause & { origin: Origin };
export type Machine = Omit<vm.Machine, 'watchdog'> & {
  type: MachineType;
  firmware: Firmware;
  watchdog?: Watchdog;
};
export type ImageRef = vm.ImageRef & { format: ImageFormat };
export interface Disk extends Omit<vm.Disk, 'image' | 'presence' | 'cache' | 'discard'> {
  image?: ImageRef;
  presence?: DiskPresence;
  cache?: DiskCache;
  discard?: DiskDiscard;
}
export type { BackupOrigin, DiskOrigin, IoLimits } from './gen/vman/v1/vm.js';
export type PortForward = vm.PortForward & { protocol: ForwardProtocol };
export type Nic = Omit<vm.Nic, 'forwards'> & { kind: NicKind; forwards: PortForward[] };
export type RestartPolicy = vm.RestartPolicy & { policy: RestartPolicyName };

export interface DesiredVm
  extends Omit<
    vm.DesiredVm,
    'presence' | 'power' | 'stop' | 'machine' | 'disks' | 'nics' | 'restart' | 'cause'
  > {
  presence: Presence;
  power: PowerState;
  stop: StopMode;
  machine: Machine;
  disks: Disk[];
  nics: Nic[];
  restart: RestartPolicy;
  cause: Cause;
}

export type CloudInit = vm.CloudInit;
export type CloudInitResult = report.CloudInitResult & { status: CloudInitStatus };
export type Plugged = report.Plugged;
export type GuestInterface = report.GuestInterface;
export type GuestAgent = report.GuestAgent & { state: GuestAgentState };

export type LastExit = report.LastExit & { reason: ExitReason };
export type DiskFault = report.DiskFault & { kind: DiskFaultKind };

export interface VmReport
  extends Omit<
    report.VmReport,
    'rev' | 'state' | 'lastExit' | 'diskFaults' | 'guestAgent' | 'cloudInit' | 'lease'
  > {
  diskFaults: DiskFault[];
  rev: Revision;
  state: ReportedState;
  lastExit?: LastExit;
  guestAgent?: GuestAgent;
  cloudInit?: CloudInitResult;
  lease?: LeaseReport;
}

export type LeaseReport = report.LeaseReport & { state: LeaseState };
export type HostIdentity = report.HostIdentity;
export type AdmitRequest = Omit<rpc.AdmitRequest, 'identity'> & { identity: HostIdentity };
export type { AdmitReply, LeaseAsk, LeasesRequest } from './gen/vman/v1/rpc.js';
export type LeaseSight = rpc.LeaseSight & { state: LeaseSightState };
export interface LeasesReply {
  sights: LeaseSight[];
}

export type StrayDisk = report.StrayDisk;
export type Orphan = report.Orphan & { reason: OrphanReason };
export type Confinement = report.Confinement & { launcher: LauncherKind; limits: LimitsKind };

export interface Heartbeat
  extends Omit<report.Heartbeat, 'capacity' | 'hypervisor' | 'vms' | 'orphans' | 'confinement' | 'pools'> {
  pools: PoolReport[];
  orphans: Orphan[];
  confinement?: Confinement;
  capacity: Capacity;
  hypervisor: Hypervisor;
  vms: VmReport[];
}

export type StepRecord = event.StepRecord & { outcome: StepOutcome };

export interface VmEvent extends Omit<event.VmEvent, 'report' | 'cause' | 'steps'> {
  report: VmReport;
  cause?: Cause;
  steps: StepRecord[];
}

export type CommandEvent = event.CommandEvent & { status: CommandStatus };
export type CommandResult = event.CommandResult;
export type { CreateBackup } from './gen/vman/v1/command.js';
export type { BackupFile, BackupResult, SnapshotResult } from './gen/vman/v1/event.js';
export type QmpEventRecord = event.QmpEventRecord;
export type ExitEvent = Omit<event.ExitEvent, 'exit'> & { exit: LastExit };
export type RepairEvent = Omit<event.RepairEvent, 'action' | 'origin'> & {
  rule: DriftRule;
  action?: RepairAction;
  origin?: Origin;
};
export type DriftEvent = event.DriftEvent & {
  rule: DriftRule;
  state: DriftState;
  decision: DriftDecisionKind;
};

export type RepairPause = report.RepairPause & { scope: PauseScope };
export type ObserverState = Omit<report.ObserverState, 'pauses'> & { pauses: RepairPause[] };
export type Beacon = Omit<report.Beacon, 'state'> & { state?: ObserverState };
export type OpenDrift = rpc.OpenDrift & { rule: DriftRule };
export type LeadRequest = rpc.LeadRequest;
export type LeadReply = Omit<rpc.LeadReply, 'pauses' | 'drifts'> & {
  pauses: RepairPause[];
  drifts: OpenDrift[];
};

type WireAction = NonNullable<command.Command['action']>;
export type CommandAction =
  | Exclude<WireAction, { $case: 'repair' | 'createDisk' | 'converge' | 'stopCopy' }>
  | { $case: 'repair'; value: Repair }
  | { $case: 'converge'; value: Converge }
  | { $case: 'stopCopy'; value: StopCopy }
  | { $case: 'createDisk'; value: { disk: Disk } };

export interface Command extends Omit<command.Command, 'cause' | 'action'> {
  cause: Cause;
  action: CommandAction;
}

export interface DesiredReply {
  desired?: DesiredVm;
}

export interface PlanRequest {
  desired: DesiredVm;
}

export type GuestAsk = NonNullable<guest.GuestRequest['ask']>;
export type GuestRequest = Omit<guest.GuestRequest, 'ask'> & { ask: GuestAsk };
export type GuestAnswer = NonNullable<guest.GuestReply['answer']>;
export type GuestReply = { answer: GuestAnswer };

export type ConsoleRequest = consoles.ConsoleRequest & { kind: ConsoleKind };
export type ConsoleReply = consoles.ConsoleReply;
type WireBody = NonNullable<consoles.StreamFrame['body']>;
export type StreamBody =
  | Exclude<WireBody, { $case: 'end' }>
  | { $case: 'end'; value: { reason: StreamEndReason } };
export type StreamFrame = { body: StreamBody };
