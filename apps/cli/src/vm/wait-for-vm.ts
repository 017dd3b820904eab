import { type Command, Option } from 'commander';
import { ApiError, type Vm, type VmanClient, type WaitGoal, WaitTimeoutError, waitGoals } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { EXIT } from '../exit-codes.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { vmLook } from './vm.look.js';

const DEFAULT_MS = 60_000;
/** The server waits no longer in one request. */
const LONGEST_SECONDS = 60;

export function addWaitForVm(noun: Command, session: Session): void {
  noun
    .command('wait')
    .description(`wait until a VM is as wanted; exit code ${EXIT.timeout} when it is not in time`)
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .addOption(
      new Option('--for <goal>', 'ready: runs as it was last asked for').choices(waitGoals).default('ready'),
    )
    .option('--timeout <time>', 'how long to wait: 90s, 5m', parseDuration, DEFAULT_MS)
    .action(async (name: string, options: { for: WaitGoal; timeout: number }) => {
      const client = await session.client();
      const vm = await untilGoal(session, client, name, options);
      if (session.format === 'table') session.say(`${vm.name}: ${vm.status.state}`);
      else await session.printItem(vm, vmLook);
    });
}

async function untilGoal(
  { terminal }: Session,
  client: VmanClient,
  name: string,
  options: { for: WaitGoal; timeout: number },
): Promise<Vm> {
  const end = performance.now() + options.timeout;
  for (;;) {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) throw new WaitTimeoutError(`${name} ${options.for}`);
    try {
      return await client.vms.waitFor(name, options.for, Math.min(left, LONGEST_SECONDS), terminal.interrupt);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'deadline_exceeded')) throw error;
    }
  }
}
