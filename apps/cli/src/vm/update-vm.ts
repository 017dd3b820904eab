import { type Command, Option } from 'commander';
import { type PatchVm, restartPolicies } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { addForward, type Forward } from '../values/parse-forward.js';
import { addLabelChange } from '../values/parse-label.js';
import { parseCount } from '../values/parse-number.js';
import { parseMebibytes } from '../values/parse-size.js';

interface UpdateFlags extends WaitFlags {
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
    .option('--vcpus <count>', 'virtual CPUs, with the next start', parseCount)
    .option('--memory <size>', 'memory, with the next start: 512MiB, 2GiB', (text) => parseMebibytes(text))
    .option('-l, --label <change>', 'key=value sets, key- removes; repeatable', addLabelChange)
    .addOption(new Option('--restart <policy>', 'when it comes back by itself').choices(restartPolicies))
    .option('--forward <ports>', 'all port forwards of its first nic anew: 8080:80; repeatable', addForward)
    .option('--no-forward', 'no port forwards')
    .option('--vnc', 'a screen, with the next start')
    .option('--no-vnc', 'no screen, with the next start')
    .option('--protect', 'refuse to delete it')
    .option('--no-protect', 'let it be deleted');
  // `--no-x` alone would make x true by default
  command
    .setOptionValue('protect', undefined)
    .setOptionValue('forward', undefined)
    .setOptionValue('vnc', undefined);
  addWaitOptions(command).action(async (name: string, flags: UpdateFlags) => {
    const body = patchBody(flags);
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
