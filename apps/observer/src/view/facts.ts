import type {
  LastExit,
  Orphan,
  PowerState,
  Presence,
  ReportedState,
  RestartPolicy,
  Revision,
  StrayDisk,
} from '#libs/contracts';

/** What rules need of a desired state. No more is kept: a fleet of 100,000 VMs fits one process. */
export interface DesiredFacts {
  readonly name: string;
  readonly project: string;
  readonly generation: number;
  readonly startGeneration: number;
  readonly presence: Presence;
  readonly power: PowerState;
  readonly restart: RestartPolicy;
  /** Disks whose content is wanted. */
  readonly diskIds: readonly string[];
  readonly forwardIds: readonly string[];
  /** `<mac> <address>` of what is reserved for its NICs. */
  readonly addresses: readonly string[];
  /** Unix ms when this observer first saw this generation. */
  readonly sinceMs: number;
}

/** What rules need of a host's row. */
export interface ObservedFacts {
  readonly rev: Revision;
  readonly acceptedGeneration: number;
  readonly observedGeneration: number;
  readonly state: ReportedState;
  readonly reason: string;
  readonly failureCode: string;
  readonly pid: number;
  readonly lastExit: LastExit | undefined;
  readonly nextRestartAtMs: number;
  readonly repairedExitSeq: number;
  readonly restartRequired: readonly string[];
  readonly missingDiskIds: readonly string[];
  /** undefined: the host does not tell. */
  readonly forwardIds: readonly string[] | undefined;
  /** `<mac> <address>` as the guest sees them. */
  readonly addresses: readonly string[];
  /** Unix ms when this observer first saw this state and these generations. */
  readonly sinceMs: number;
  /** The same of `restartRequired`; 0 when nothing waits. */
  readonly restartRequiredSinceMs: number;
}

/** One VM on one host: what should be there and what was last seen there. */
export interface Site {
  readonly hostId: string;
  readonly vmId: string;
  desired: DesiredFacts | undefined;
  observed: ObservedFacts | undefined;
  /** The heartbeat of its host that listed it last; an event counts for the one before it. */
  beat: number;
}

/** A host as its heartbeats describe it. */
export interface HostFacts {
  readonly hostId: string;
  name: string;
  draining: boolean;
  agentVersion: string;
  /** Whether its last heartbeat held all its VMs. */
  complete: boolean;
  /** Heartbeats that were heard. */
  beats: number;
  heardAtMs: number;
  heardAtMonotonicMs: number;
  /** Unix ms when it was heard again after a silence; 0: it never was silent. */
  returnedAtMs: number;
  /** How far its wall clock is from this observer's, and in how many heartbeats in a row that was much. */
  skewMs: number;
  skewedBeats: number;
  orphans: readonly Orphan[];
  strayDisks: readonly StrayDisk[];
}

/** All that a rule may look at, of one VM on one host. */
export interface VmFacts {
  readonly site: Site;
  readonly host: HostFacts;
  /** The same VM on other hosts that were heard in time. */
  readonly elsewhere: readonly Site[];
}

/** A site of which both halves are known. */
export interface KnownSite {
  hostId: string;
  vmId: string;
  desired: DesiredFacts;
  observed: ObservedFacts;
}
