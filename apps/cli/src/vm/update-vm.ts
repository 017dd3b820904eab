import { type Command, Option } from 'commander';
import { type PatchVm, restartPolicies } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { addForward, type Forward } from '../values/parse-forward.js';
import { addLabelChange } from '../values/parse-label.js';
import { parseCount } from '../values/parse-number.js';
import { parseMebibytes } from '../values/parse-size.js';
import { timeAfter } from '../values/time-after.js';
import { addPlacementFlags, type PlacementFlags, placementOf } from './placement-flags.js';

interface UpdateFlags extends WaitFlags, PlacementFlags {
  maxVcpus?: number;
  maxMemory?: number;
  balloon?: number;
  bootPriority?: number;
  failover?: boolean;
  expiresIn?: number;
  expiry?: boolean;
  name?: string;
  vcpus?: number;
  memory?: number;
  label?: Record<string, string | null>;
  restart?: NonNullable<PatchVm['restart']>['policy'];
  forward?: Forward[] | false;
  vnc?: boolean;
  protect?: boolean;
}

export function addUpdateVm(noun: Command, session: Session): void {
  const command = noun
    .command('update')
    .description('change the spec of a VM; it is not restarted')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .option('--name <name>', 'a new name')
    .option(
      '--vcpus <count>',
      'virtual CPUs; up to --max-vcpus at once, else with the next start',
      parseCount,
    )
    .option('--memory <size>', 'memory, likewise up to --max-memory: 512MiB, 2GiB', parseSize)
    .option('--max-vcpus <count>', 'how many it may get while it runs, from the next start', parseCount)
    .option('--max-memory <size>', 'how much it may get while it runs, from the next start', parseSize)
    .option('--balloon <size>', 'what the guest is left of its memory, at once', parseSize)
    .option('--boot-priority <number>', 'the highest starts first after its host came back', parseCount)
    .option('--failover', 'started on another host when its host is lost')
    .option('--no-failover', 'waits for its host when that is lost')
    .option('-l, --label <change>', 'key=value sets, key- removes; repeatable', addLabelChange)
    .addOption(new Option('--restart <policy>', 'when it comes back by itself').choices(restartPolicies))
    .option('--forward <ports>', 'all port forwards of its first nic anew: 8080:80; repeatable', addForward)
    .option('--no-forward', 'no port forwards')
    .option('--vnc', 'a screen, with the next start')
    .option('--no-vnc', 'no screen, with the next start')
    .option('--protect', 'refuse to delete it')
    .option('--no-protect', 'let it be deleted')
    .option('--expires-in <time>', 'it is deleted by itself after this: 8h', parseDuration)
    .option('--no-expiry', 'it is not deleted by itself');
  // `--no-x` alone would make x true by default
  command
    .setOptionValue('protect', undefined)
    .setOptionValue('failover', undefined)
    .setOptionValue('expiry', undefined)
    .setOptionValue('forward', undefined)
    .setOptionValue('vnc', undefined);
  addPlacementFlags(command);
  addWaitOptions(command).action(async (name: string, flags: UpdateFlags) => {
    const expiresAt = flags.expiry === false ? null : timeAfter(session.terminal.nowMs(), flags.expiresIn);
    const body = { ...patchBody(flags), expiresAt };
    if (Object.values(body).every((value) => value === undefined)) {
      throw new UsageError('Nothing to change was given.', 'See `vman vm update --help`.');
    }
    const client = await session.client();
    const vm = await client.vms.get(name);
    const nics = flags.forward === undefined ? undefined : nicsWith(vm.spec.nics, flags.forward || []);
    await followChange(session, client, await client.vms.change(vm.id, { ...body, nics }), flags);
  });
}

/** Only what was given. Pure. */
function patchBody(flags: Omit<UpdateFlags, keyof WaitFlags>): PatchVm {
  return {
    name: flags.name,
    vcpus: flags.vcpus,
    memoryMiB: flags.memory,
    maxVcpus: flags.maxVcpus,
    maxMemoryMiB: flags.maxMemory,
    balloonMiB: flags.balloon,
    bootPriority: flags.bootPriority,
    failover: flags.failover,
    placement: placementOf(flags),
    labels: flags.label as PatchVm['labels'],
    restart: flags.restart && { policy: flags.restart },
    vnc: flags.vnc,
    deletionProtection: flags.protect,
    nics: flags.forward === undefined ? undefined : [{ portForwards: flags.forward || [] }],
  };
}

/** The patch names all nics; those after the first keep what they have. */
function nicsWith(nics: readonly { portForwards: Forward[] }[], first: Forward[]): PatchVm['nics'] {
  return nics.map(({ portForwards }, index) => ({
    portForwards:
      index === 0
        ? first
        : portForwards.map(({ guestPort, hostPort, hostAddress, protocol }) => ({
            guestPort,
            hostPort,
            hostAddress,
            protocol,
          })),
  }));
}

const parseSize = (text: string) => parseMebibytes(text);
