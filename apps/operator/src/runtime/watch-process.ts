import { join } from 'node:path';
import type { QemuExit } from '#libs/qemu';
import { makeGuestKeeper } from '../guest/make-guest-keeper.js';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { QMP_SOCKET } from '../steps/qemu-spec.js';
import type { LiveProcessOptions } from './live-process.js';
import { recordExit } from './record-exit.js';

/** Ties a process to its VM: what it does is told, its end becomes a record, and both wake the VM's loop. */
export function watchProcess(
  host: Host,
  vm: Vm,
  record: LiveProcessOptions['record'],
  exited?: Promise<QemuExit>,
): LiveProcessOptions {
  let faulty = false;
  return {
    vmId: vm.vmId,
    record,
    socket: join(vm.store.paths.run, QMP_SOCKET),
    clock: host.clock,
    measure: host.measure.qmp,
    exited,
    guest: makeGuestKeeper(host, vm, record, () => {
      if (vm.step === undefined) host.reporter.tell(vm);
    }),
    onChange() {
      const faults = vm.process?.diskFaults ?? [];
      if (faults.length > 0 && !faulty) {
        host.logger.warn({ vmId: vm.vmId, faults }, 'a disk refused: the guest stands still');
      }
      faulty = faults.length > 0;
      // What a step that is at work on it brings about is told of, and looked at, at its end.
      if (vm.step !== undefined) return;
      host.reporter.tell(vm);
      vm.wake();
    },
    onEnd(witnesses) {
      vm.exitCounted = new Promise((resolve) => {
        vm.clearedUp = recordExit(host, vm, record, witnesses, resolve)
          .catch((error) => {
            host.logger.error({ err: error, vmId: vm.vmId }, 'the end of a process could not be recorded');
          })
          .finally(resolve);
      });
      void vm.exitCounted.then(() => vm.wake());
    },
  };
}
