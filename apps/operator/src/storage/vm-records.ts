import type { CloudInitResult, DesiredVm, Failure, LastExit, MachineType } from '#libs/contracts';
import type { LaunchedShape } from '#libs/domain';
import type { ProcessIdentity } from '../runtime/proc.js';

/** The accepted desired state: fsynced before the message is acknowledged. */
export interface DesiredRecord {
  desired: DesiredVm;
}

/** What happened to a VM on this host; everything of it that must survive the operator. */
export interface StatusRecord {
  /** The last generation that converged, or failed with `failure`. */
  observedGeneration: number;
  failure?: Failure;
  lastExit?: LastExit;
  /** The launch that `lastExit` ended, so that one end is never counted twice. */
  lastExitLaunchId?: string;
  /** The exit that an accepted repair answers. */
  repairExitSeq: number;
  restarts: number;
  nextRestartAtMs: number;
  /** Disks that were there when a generation was last settled; one whose file vanished since is never made anew. */
  disks?: { diskId: string; sizeBytes: number }[];
  /** The machine that the first launch gave the guest; later launches give it the same. */
  machine?: { type: MachineType; version: string };
  /** The newest restore that was carried out. */
  restoredGeneration?: number;
  /** How the first boot with the newest seed went, as far as the guest told. */
  cloudInit?: CloudInitResult;
}

export const EMPTY_STATUS: StatusRecord = {
  observedGeneration: 0,
  repairExitSeq: 0,
  restarts: 0,
  nextRestartAtMs: 0,
};

/**
 * A process of this VM. Written once before the spawn, without identity: then whoever finds it looks for the
 * child. Written again, durably, with the identity before the guest may run.
 */
export interface ProcessRecord {
  launchId: string;
  startGeneration: number;
  shape: LaunchedShape;
  launchedAtMs: number;
  /** Boot in which it was launched: after another one nothing of it is left. */
  bootId: string;
  identity?: ProcessIdentity;
}

/** A VM that left this host; kept 30 days, so that a late message cannot bring it back. */
export interface Tombstone {
  generation: number;
  startGeneration: number;
  presence: 'released' | 'deleted';
  lastExit?: LastExit;
  atMs: number;
}
