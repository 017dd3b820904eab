/**
 * A device leaves a running machine only when the guest lets go of it: QEMU passes the request on and says
 * DEVICE_DELETED once it is done. A guest that is still booting hears nothing, so it is asked again until the time is
 * up; one that stands still answers only after it was let go on. A request cannot be taken back: a guest may let go
 * after it was given up on, and then the next plan finds the device missing.
 */
import { VmanError } from '#libs/errors';
import { type QmpClient, QmpError } from '#libs/qemu';
import { Interrupted } from '../reconcile/to-failure.js';
import { monitorOf } from './pause-resume.steps.js';
import type { StepContext } from './step-handler.js';

const ASK_AGAIN_MS = 2_000;

export interface Unplugging {
  deviceId: string;
  /** For people. */
  what: string;
  timeoutMs: number;
}

/** Resolves when the device is gone. Throws `guest_refused` when it is not in time. */
export async function unplugDevice(context: StepContext, unplugging: Unplugging): Promise<void> {
  const monitor = monitorOf(context);
  if (await context.wait(() => askUntilGone(monitor, unplugging, context))) return;
  if (context.signal.aborted || !monitor.isOpen) throw new Interrupted('a newer change came');
  const { what, timeoutMs } = unplugging;
  const halted = context.vm.process?.phase === 'running' ? '' : ' It stands still: resume the VM first.';
  throw new VmanError(
    'guest_refused',
    `The guest did not let go of ${what} within ${timeoutMs} ms.${halted}`,
  );
}

async function askUntilGone(
  monitor: QmpClient,
  { deviceId, timeoutMs }: Unplugging,
  { host, signal }: StepContext,
): Promise<boolean> {
  const { clock } = host;
  const deadline = clock.monotonic() + timeoutMs;
  let gone = false;
  let wake = () => {};
  const stops = [
    monitor.on('DEVICE_DELETED', ({ device }) => {
      if (device !== deviceId) return;
      gone = true;
      wake();
    }),
    monitor.onClosed(() => wake()),
  ];
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!gone && !signal.aborted && monitor.isOpen && clock.monotonic() < deadline) {
      if (!(await ask(monitor, deviceId))) return true;
      const left = Math.min(ASK_AGAIN_MS, deadline - clock.monotonic());
      if (gone || signal.aborted || left <= 0) continue;
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(resolve, left);
        wake = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    return gone;
  } finally {
    for (const stop of stops) stop();
    signal.removeEventListener('abort', onAbort);
  }
}

/** False when there is no such device (any more). A request that is under way already is not an error. */
async function ask(monitor: QmpClient, deviceId: string): Promise<boolean> {
  try {
    await monitor.execute('device_del', { id: deviceId });
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    if (error.errorClass === 'DeviceNotFound') return false;
    if (!/already in the process of unplug|guest is busy/i.test(error.desc)) throw error;
  }
  return true;
}
