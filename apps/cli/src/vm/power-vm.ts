import type { Command } from 'commander';
import type { VmanClient, VmChange } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { orSuggest } from '../resources/or-suggest.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';

interface PowerFlags extends WaitFlags {
  guestTimeout?: number;
  force?: true;
}

interface Verb {
  name: string;
  description: string;
  options?: (command: Command) => Command;
  send(client: VmanClient, vm: string, flags: PowerFlags): Promise<VmChange>;
}

const guestTimeout = (command: Command) =>
  command.option('--guest-timeout <time>', 'how long the guest may take: 60s', parseDuration);
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : Math.ceil(ms / 1000));

const VERBS: readonly Verb[] = [
  { name: 'start', description: 'start VMs', send: (client, vm) => client.vms.start(vm) },
  {
    name: 'shutdown',
    description: 'ask the guests to shut down',
    options: (command) => guestTimeout(command).option('--force', 'cut the power of one that does not obey'),
    send: (client, vm, { guestTimeout, force }) =>
      client.vms.shutdown(vm, { timeoutSeconds: seconds(guestTimeout), thenForce: force }),
  },
  { name: 'stop', description: 'cut the power of VMs', send: (client, vm) => client.vms.stop(vm) },
  {
    name: 'reboot',
    description: 'restart VMs, asking the guests first',
    options: (command) => guestTimeout(command).option('--force', 'do not ask the guests'),
    send: (client, vm, { guestTimeout, force }) =>
      client.vms.reboot(vm, { timeoutSeconds: seconds(guestTimeout), force }),
  },
  { name: 'reset', description: 'press the reset button of VMs', send: (client, vm) => client.vms.reset(vm) },
  { name: 'pause', description: 'halt the virtual CPUs of VMs', send: (client, vm) => client.vms.pause(vm) },
  { name: 'resume', description: 'let paused VMs go on', send: (client, vm) => client.vms.resume(vm) },
];

/** The verbs that change the power of VMs, several at once if need be. */
export function addPowerVerbs(noun: Command, session: Session): void {
  for (const verb of VERBS) {
    const command = noun
      .command(verb.name)
      .description(verb.description)
      .addArgument(liveArgument('<vm...>', 'names or ids', 'vm'));
    addWaitOptions(verb.options?.(command) ?? command).action(async (names: string[], flags: PowerFlags) => {
      const client = await session.client();
      await eachName(session, names, async (name) =>
        followChange(
          session,
          client,
          await orSuggest(client, 'vm', name, () => verb.send(client, name, flags)),
          flags,
        ),
      );
    });
  }
}
