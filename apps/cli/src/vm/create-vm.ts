import { type Command, Option } from 'commander';
import { type CreateVm, firmwares, machineTypes, restartPolicies } from '#libs/client';
import { liveOption } from '../completion/live-names.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { addDisk, type Disk } from '../values/add-disk.js';
import { addText } from '../values/add-text.js';
import { parseDuration } from '../values/parse-duration.js';
import { addForward, type Forward } from '../values/parse-forward.js';
import { addLabel } from '../values/parse-label.js';
import { parseCount } from '../values/parse-number.js';
import { parseMebibytes } from '../values/parse-size.js';
import { timeAfter } from '../values/time-after.js';
import { addSshKey, type FirstBootFlags, firstBoot } from './first-boot.js';
import { addPlacementFlags, type PlacementFlags, placementOf } from './placement-flags.js';

interface CreateFlags extends WaitFlags, FirstBootFlags, PlacementFlags {
  template?: string;
  vcpus?: number;
  maxVcpus?: number;
  maxMemory?: number;
  bootPriority?: number;
  memory?: number;
  disk?: Disk[];
  forward?: Forward[];
  label?: Record<string, string>;
  restart?: NonNullable<CreateVm['restart']>['policy'];
  machine?: CreateVm['machine'];
  firmware?: CreateVm['firmware'];
  cpuModel?: string;
  vnc?: true;
  network?: string[];
  failover?: true;
  project?: string;
  stopped?: true;
  protect?: true;
  expiresIn?: number;
}

export function addCreateVm(noun: Command, session: Session): void {
  const command = noun
    .command('create')
    .description('create a VM and start it')
    .argument('<name>', 'its name, also the host name of the guest')
    .addOption(liveOption('-t, --template <template>', 'what its first disk is made from', 'template'))
    .option('--vcpus <count>', 'virtual CPUs', parseCount)
    .option('--memory <size>', 'memory: 512MiB, 2GiB', parseSize)
    .option('--disk <size>', 'a disk, the first one that of the template: 10GiB; repeatable', addDisk)
    .option('--forward <ports>', 'a port of the guest on the host: 80, 8080:80; repeatable', addForward)
    .addOption(
      liveOption('--network <network>', 'a NIC in this network; repeatable', 'network').argParser(addText),
    )
    .option('--max-vcpus <count>', 'how many it may get while it runs', parseCount)
    .option('--max-memory <size>', 'how much it may get while it runs', parseSize)
    .option('--boot-priority <number>', 'the highest starts first after its host came back', parseCount)
    .option('--failover', 'started on another host when its host is lost')
    .option('-l, --label <key=value>', 'a label; repeatable', addLabel)
    .addOption(new Option('--restart <policy>', 'when it comes back by itself').choices(restartPolicies))
    .addOption(new Option('--machine <type>', 'the QEMU machine').choices(machineTypes))
    .addOption(new Option('--firmware <kind>', 'the firmware').choices(firmwares))
    .option('--cpu-model <model>', 'the QEMU CPU model')
    .option('--vnc', 'with a screen: `vman vm screen` shows it')
    .option('--hostname <name>', 'the host name of the guest, when it is not that of the VM')
    .option('--ssh-key <key>', 'a public key for its user: a file, or the key itself; repeatable', addSshKey)
    .option('--cloud-init-file <path>', 'user data for its first boot; - reads it from the input')
    .option('--project <project>', 'its project')
    .option('--stopped', 'do not start it')
    .option('--protect', 'refuse to delete it')
    .option('--expires-in <time>', 'it is deleted by itself after this: 8h', parseDuration);
  addPlacementFlags(command);
  addWaitOptions(command).action(async (name: string, flags: CreateFlags) => {
    const cloudInit = await firstBoot(flags, session.terminal);
    const client = await session.client();
    const expiresAt = timeAfter(session.terminal.nowMs(), flags.expiresIn);
    const change = await client.vms.create({ ...createBody(name, flags, expiresAt), cloudInit });
    await followChange(session, client, change, flags);
  });
}

/** Only what was given: the server knows the defaults. Pure. */
function createBody(
  name: string,
  flags: Omit<CreateFlags, keyof WaitFlags>,
  expiresAt: string | undefined,
): CreateVm {
  return {
    name,
    project: flags.project,
    template: flags.template,
    vcpus: flags.vcpus,
    memoryMiB: flags.memory,
    maxVcpus: flags.maxVcpus,
    maxMemoryMiB: flags.maxMemory,
    bootPriority: flags.bootPriority,
    disks: flags.disk,
    nics: nicsOf(flags),
    placement: placementOf(flags),
    failover: flags.failover,
    restart: flags.restart && { policy: flags.restart },
    labels: flags.label,
    machine: flags.machine,
    firmware: flags.firmware,
    cpuModel: flags.cpuModel,
    vnc: flags.vnc,
    desiredState: flags.stopped && 'stopped',
    deletionProtection: flags.protect,
    expiresAt,
  };
}

/** The first one has the port forwards. */
function nicsOf({ network, forward }: Pick<CreateFlags, 'network' | 'forward'>): CreateVm['nics'] {
  if (network === undefined) return forward && [{ portForwards: forward }];
  return network.map((name, index) => ({
    network: name,
    ...(index === 0 && forward && { portForwards: forward }),
  }));
}

const parseSize = (text: string) => parseMebibytes(text);
