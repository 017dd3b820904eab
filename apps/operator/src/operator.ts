/**
 * The operator without Nest: what it holds, how it starts and how it leaves. Starting adopts what runs; leaving ends
 * waits, lets running steps finish and never touches a guest.
 */
import type { BusPort, Stoppable } from '#libs/bus';
import { type Clock, delay } from '#libs/clock';
import { failpoint, type OperatorConfig } from '#libs/config';
import type { HostIdentity } from '#libs/contracts';
import type { Logger } from '#libs/logging';
import { bootId } from '#libs/qemu';
import { adoptAll } from './adopt/adopt-all.js';
import { Orphans } from './adopt/orphans.js';
import { DiskHolds } from './backups/disk-holds.js';
import { RunningCommands } from './backups/running-commands.js';
import { tidyBackups } from './backups/tidy-backups.js';
import { AcceptCommand } from './commands/accept-command.js';
import { AcceptDesired } from './commands/accept-desired.js';
import { Beside } from './commands/beside.js';
import { exitToAnswer } from './commands/restart-alone.js';
import { ConsoleDesk } from './console/console-desk.js';
import { holderOfDisk } from './disks/holder-of-disk.js';
import { type HypervisorFacts, probeHypervisor } from './fingerprint/probe-hypervisor.js';
import { GuestDesk } from './guest/guest-desk.js';
import { BeaconWatch } from './heartbeat/beacon.js';
import { Heartbeat } from './heartbeat/heartbeat.js';
import { Reporter } from './heartbeat/reporter.js';
import type { Host, Measure } from './host.js';
import type { Launcher } from './launchers/launcher.js';
import { makeLauncher } from './launchers/make-launcher.js';
import { leaseFiles } from './lease/lease-files.js';
import { Leases } from './lease/leases.js';
import { machineGoesDown } from './lease/machine-goes-down.js';
import { Watchdog } from './lease/watchdog.js';
import type { Networks } from './network/networks.js';
import { openNetworks } from './network/open-networks.js';
import { AGENT_VERSION, DRAIN_MS } from './operator.config.js';
import { Pools } from './pools/pools.js';
import { tidyPools } from './pools/tidy-pools.js';
import { Places } from './reconcile/places.js';
import { Registry } from './reconcile/registry.js';
import { Starts } from './reconcile/starts.js';
import { ExitTeller } from './runtime/exit-teller.js';
import { OomWitness } from './runtime/oom-witness.js';
import { tendProcesses } from './runtime/tend-processes.js';
import { CommandJournal } from './storage/command-journal.js';
import { DiskWatch } from './storage/disk-watch.js';
import { EvictImages } from './storage/evict-images.js';
import { ImageCache } from './storage/image-cache.js';
import type { OpenStorage } from './storage/open-storage.js';
import { Tombstones } from './storage/tombstones.js';

const MIB = 1024 * 1024;

export interface OperatorOptions {
  config: OperatorConfig;
  storage: OpenStorage;
  identity: HostIdentity;
  bus: BusPort;
  clock: Clock;
  logger: Logger;
  measure: Measure;
  /** Called at each turn of its main loop. */
  turned?: () => void;
}

export class Operator {
  /** Settles when every VM was looked at after the start. */
  adopted: Promise<void> = Promise.resolve();
  /** Answers the live questions to guests. */
  readonly guests: GuestDesk;
  readonly consoles: ConsoleDesk;
  private reconnect: Stoppable | undefined;

  private constructor(
    readonly host: Host,
    readonly registry: Registry,
    readonly desired: AcceptDesired,
    readonly commands: AcceptCommand,
    private readonly beside: Beside,
    readonly heartbeat: Heartbeat,
    readonly hypervisor: HypervisorFacts,
  ) {
    this.guests = new GuestDesk(host, registry);
    this.consoles = new ConsoleDesk(host, registry);
  }

  /** Reads the whole state of the host and acts on nothing yet. */
  static async open(options: OperatorOptions): Promise<Operator> {
    const { config, storage, logger, bus } = options;
    const { paths, hostId } = storage;
    const pools = await Pools.open({ paths, hostId, clock: options.clock, logger });
    await tidyPools(pools, logger);
    await tidyBackups(pools, logger);
    const launcher = await makeLauncher(config, paths, logger);
    const hypervisor = await probeHypervisor(config, logger, launcher.access.user);
    const { clock } = options;
    const networks = await openNetworks({ hostId, paths, clock, logger });
    const host = makeHost(options, { facts: hypervisor, launcher, pools, networks });
    const evict = new EvictImages(host, config);
    const beside = new Beside(host);
    const registry = new Registry(host, beside);
    const commands = new AcceptCommand(host, registry, beside);
    pools.askHolders((diskId) =>
      holderOfDisk(
        registry.all().map((loop) => loop.vm),
        diskId,
      ),
    );
    const desired = new AcceptDesired(host, registry, (loop) => commands.vmCame(loop));
    const diskWatch = new DiskWatch(host.clock);
    const heartbeat = new Heartbeat({
      strayDisks: () => diskWatch.strays,
      host,
      registry,
      hostName: config.hostName,
      bootId: await bootId(),
      agentVersion: AGENT_VERSION,
      hypervisor: hypervisor.told,
      identity: options.identity,
      onBeat: () => {
        options.turned?.();
        if (registry.all().every((loop) => loop.adopted)) {
          void evict.nowAndThen(registry.all().map((loop) => loop.vm));
        }
        return lookAround(host, registry, commands, diskWatch);
      },
    });
    await Promise.all([host.tombstones.load(), host.journal.load(), host.exits.load(), registry.load()]);
    commands.resume();
    logger.info({ startCount: storage.startCount, connected: bus.connected }, 'state read');
    return new Operator(host, registry, desired, commands, beside, heartbeat, hypervisor);
  }

  start(): void {
    this.adopted = adoptAll(this.host, this.registry.all()).then(() => this.tellAdopted());
    this.adopted.catch((error) => this.host.logger.error({ err: error }, 'the adoption of VMs failed'));
    this.beside.start();
    this.host.leases.start(() =>
      this.registry
        .all()
        .filter((loop) => loop.adopted)
        .map((loop) => loop.vm),
    );
    this.heartbeat.start();
    this.consoles.start();
    this.reconnect = this.host.bus.onReconnect(() => {
      void this.heartbeat.beat();
      void this.host.exits.tellAll();
      for (const entry of this.host.journal.finished()) this.host.reporter.tellCommand(entry);
    });
  }

  /** Nobody waits for the next heartbeat to learn what was found. */
  private async tellAdopted(): Promise<void> {
    this.heartbeat.complete = true;
    await this.heartbeat.beat();
    await this.host.orphans.look(this.registry.all().map((loop) => loop.vm));
    if (this.host.orphans.list.length > 0) await this.heartbeat.beat();
  }

  /** Takes no new work and says so. */
  async drain(): Promise<void> {
    await failpoint('operator.drain.before');
    this.reconnect?.stop();
    this.heartbeat.draining = true;
    this.heartbeat.stop();
    await this.heartbeat.beat();
  }

  /** Resolves when the running steps are over, or after some seconds: what is left is found again at the next start. */
  async stop(): Promise<void> {
    const { host } = this;
    const leaveLeases = async () => {
      const withMachine = host.leases.any && (await machineGoesDown());
      if (withMachine) host.logger.info('the machine goes down: other hosts may take its leases soon');
      await host.leases.stop({ withMachine });
    };
    this.guests.stop();
    this.consoles.stop();
    await Promise.race([
      Promise.all([this.registry.stop(), this.beside.stop(), leaveLeases()]),
      delay(host.clock, DRAIN_MS),
    ]);
  }
}

function makeHost(
  { config, storage, bus, clock, logger, measure }: OperatorOptions,
  {
    facts,
    launcher,
    pools,
    networks,
  }: { facts: HypervisorFacts; launcher: Launcher; pools: Pools; networks: Networks },
): Host {
  const { hostId, startCount, paths } = storage;
  const journal = new CommandJournal(paths.commands, clock);
  const watchdog = new Watchdog(paths.run);
  const dryRun = config.operatorDryRun;
  return {
    hostId,
    startCount,
    dryRun,
    clock,
    logger,
    bus,
    paths,
    measure,
    pools,
    holds: new DiskHolds(),
    backupBytesPerSecond: config.backupBandwidth * MIB,
    places: new Places(config.operatorParallel),
    starts: new Starts(config.operatorStarts, clock),
    images: new ImageCache(hostId, bus, paths, clock),
    tombstones: new Tombstones(paths.tombstones, clock),
    journal,
    running: new RunningCommands(journal),
    exits: new ExitTeller({ hostId, bus, paths, logger }),
    oom: new OomWitness(),
    orphans: new Orphans(paths.run, clock, logger),
    reporter: new Reporter({ hostId, startCount, bus, clock, logger }),
    beacon: new BeaconWatch(clock),
    qemu: facts.qemu,
    launcher,
    networks,
    watchdog,
    leases: new Leases({
      hostId,
      clock,
      logger,
      pools,
      pidFile: (vmId) => paths.vm(vmId).pidFile,
      dryRun,
      bootId,
      files: leaseFiles,
      watchdog,
    }),
    ovmfPath: config.ovmfPath,
  };
}

/** What others took away of networks is made again by the VMs that had it. */
async function tendNetworks({ networks, logger }: Host, registry: Registry): Promise<void> {
  await networks.tend((vmId) => registry.get(vmId) !== undefined);
  try {
    const vms = registry.all().flatMap(({ vm }) => vm.desired ?? []);
    for (const vmId of await networks.findLosses(vms)) {
      logger.warn({ vmId }, 'rules or a place on a bridge of this VM were taken away: they are made again');
      const loop = registry.get(vmId);
      // A guest that runs is not left unguarded because its last change failed.
      if (loop?.vm.process) loop.retryNow();
      else loop?.wake();
    }
  } catch (error) {
    logger.warn({ err: error }, 'what the networks of this host lack could not be found out');
  }
}

/** What time alone makes due: back-offs that ended while no observer is there, deadlines, old results. */
async function lookAround(
  host: Host,
  registry: Registry,
  commands: AcceptCommand,
  diskWatch: DiskWatch,
): Promise<void> {
  void host.exits.tellAll();
  void host.pools.look();
  const vms = registry.all().map((loop) => loop.vm);
  void tendProcesses(host, vms);
  if (registry.all().every((loop) => loop.adopted)) {
    await host.orphans.lookNowAndThen(vms);
    await diskWatch.lookNowAndThen(host, vms);
    if (!host.dryRun) void tendNetworks(host, registry);
  }
  for (const loop of registry.all()) {
    if (host.beacon.alone && exitToAnswer(loop.vm)) loop.wake();
  }
  await commands.expire();
  await host.journal.sweep();
}
