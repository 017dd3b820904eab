import type { BusPort } from '#libs/bus';
import type { Clock } from '#libs/clock';
import type { StepName } from '#libs/domain';
import type { Logger } from '#libs/logging';
import type { QmpMeasure } from '#libs/qemu';
import type { Orphans } from './adopt/orphans.js';
import type { DiskHolds } from './backups/disk-holds.js';
import type { RunningCommands } from './backups/running-commands.js';
import type { BeaconWatch } from './heartbeat/beacon.js';
import type { Reporter } from './heartbeat/reporter.js';
import type { Launcher } from './launchers/launcher.js';
import type { Leases } from './lease/leases.js';
import type { Watchdog } from './lease/watchdog.js';
import type { Networks } from './network/networks.js';
import type { Pools } from './pools/pools.js';
import type { Places } from './reconcile/places.js';
import type { Starts } from './reconcile/starts.js';
import type { ExitTeller } from './runtime/exit-teller.js';
import type { OomWitness } from './runtime/oom-witness.js';
import type { CommandJournal } from './storage/command-journal.js';
import type { ImageCache } from './storage/image-cache.js';
import type { StoragePaths } from './storage/paths.js';
import type { Tombstones } from './storage/tombstones.js';

/** What is counted and timed; the metrics registry is one implementation. */
export interface Measure {
  step(name: StepName, outcome: 'done' | 'failed' | 'interrupted', seconds: number): void;
  launch(seconds: number): void;
  qmp: QmpMeasure;
  heartbeat(): void;
  exit(reason: string): void;
  dropped(why: 'other-host' | 'old-generation' | 'buried'): void;
  imageCache(images: number, bytes: number): void;
}

/** How QEMU is started on this host. */
export interface QemuChoice {
  binary: string;
  accelerator: 'kvm' | 'tcg';
}

/** All that work on one VM needs of the host around it. */
export interface Host {
  readonly hostId: string;
  readonly startCount: number;
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bus: BusPort;
  readonly paths: StoragePaths;
  readonly pools: Pools;
  readonly holds: DiskHolds;
  /** 0 is no limit. */
  readonly backupBytesPerSecond: number;
  readonly places: Places;
  readonly starts: Starts;
  readonly images: ImageCache;
  readonly tombstones: Tombstones;
  readonly journal: CommandJournal;
  readonly running: RunningCommands;
  readonly reporter: Reporter;
  readonly exits: ExitTeller;
  readonly oom: OomWitness;
  readonly orphans: Orphans;
  readonly beacon: BeaconWatch;
  readonly measure: Measure;
  readonly qemu: QemuChoice;
  readonly launcher: Launcher;
  readonly networks: Networks;
  readonly leases: Leases;
  readonly watchdog: Watchdog;
  /** Folder of the UEFI firmware; undefined: looked for. */
  readonly ovmfPath: string | undefined;
}
