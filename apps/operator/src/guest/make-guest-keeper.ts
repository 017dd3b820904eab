import { join } from 'node:path';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { AGENT_SOCKET } from '../steps/qemu-spec.js';
import type { ProcessRecord } from '../storage/vm-records.js';
import { FirstBoot } from './first-boot.js';
import { FreezeKeeper } from './freeze-keeper.js';
import { GuestKeeper } from './guest-keeper.js';

/** The keeper of one launch of a VM: it tells what changes and owes the thaws of an operator before this one. */
export function makeGuestKeeper(
  host: Host,
  vm: Vm,
  { launchId, shape }: Pick<ProcessRecord, 'launchId' | 'shape'>,
  onChange: () => void,
): GuestKeeper {
  const { clock, logger } = host;
  const freezes: FreezeKeeper = new FreezeKeeper({
    vmId: vm.vmId,
    launchId,
    path: vm.store.paths.freeze,
    clock,
    logger,
    open: () => keeper.open(),
    onChange,
  });
  const keeper = new GuestKeeper(
    {
      socket: join(vm.store.paths.run, AGENT_SOCKET),
      clock,
      isRunning: () => vm.process?.phase === 'running',
      firstBoot: new FirstBoot(host, vm, shape.seed?.instanceId, onChange),
      onChange,
    },
    freezes,
  );
  if (!host.dryRun) {
    freezes.resume().catch((error) => {
      logger.error({ err: error, vmId: vm.vmId }, 'the record of a freeze could not be read');
    });
  }
  return keeper;
}
