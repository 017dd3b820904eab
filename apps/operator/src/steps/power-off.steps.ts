/**
 * The two ways in which VMAN ends a guest. Asking is a wait that a newer generation cuts short; cutting the power
 * never gives up halfway: `quit` lets QEMU flush its caches, and only a QEMU that does not obey is killed.
 */
import { VmanError } from '#libs/errors';
import { QmpError } from '#libs/qemu';
import { Interrupted, isInterruption } from '../reconcile/to-failure.js';
import type { LiveProcess } from '../runtime/live-process.js';
import { monitorOf } from './pause-resume.steps.js';
import type { StepContext, StepHandler } from './step-handler.js';

const QUIT_MS = 3_000;
const KILL_MS = 5_000;
/** A guest that is still booting does not hear the button: it is pressed again. */
const PRESS_AGAIN_MS = 10_000;

export const powerOff: StepHandler<'power-off'> = {
  needed: (_, { vm }) => vm.process !== undefined,
  carryOut: (_, context) => cutPower(context),
};

export const askGuestOff: StepHandler<'ask-guest-off'> = {
  needed: (_, { vm }) => vm.process !== undefined,
  async carryOut({ timeoutMs, thenForce }, context) {
    const live = context.vm.process;
    if (!live) return;
    live.requested = true;
    const ended = await context.wait(() => askUntil(live, timeoutMs, context));
    if (context.signal.aborted) throw new Interrupted('a newer change came');
    if (ended) return;
    if (thenForce) return cutPower(context);
    live.requested = false;
    throw new VmanError('guest_refused', `The guest did not shut down within ${timeoutMs} ms.`);
  },
};

async function askUntil(live: LiveProcess, timeoutMs: number, context: StepContext): Promise<boolean> {
  const { clock } = context.host;
  const deadline = clock.monotonic() + timeoutMs;
  while (!context.signal.aborted && clock.monotonic() < deadline) {
    if (context.vm.process !== live) return true;
    if (live.phase === 'running') await press(context);
    const left = Math.max(0, Math.min(PRESS_AGAIN_MS, deadline - clock.monotonic()));
    if (await endsWithin(context, live, left)) return true;
  }
  return context.vm.process !== live;
}

async function press(context: StepContext): Promise<void> {
  try {
    await monitorOf(context).execute('system_powerdown');
  } catch (error) {
    if (!isInterruption(error) && !(error instanceof QmpError)) throw error;
  }
}

async function cutPower(context: StepContext): Promise<void> {
  const live = context.vm.process;
  if (!live) return;
  live.requested = true;
  // Its answer may be lost with the connection: what counts is the end of the process.
  live.qmp?.execute('quit').catch(() => undefined);
  if (live.qmp && (await endsWithin(context, live, QUIT_MS, false))) return;
  await live.kill();
  if (await endsWithin(context, live, KILL_MS, false)) return;
  throw new VmanError('hypervisor_error', 'The QEMU process does not end.');
}

/** Whether the process ends, and its end is recorded, in time. */
async function endsWithin(
  { vm, host, signal }: StepContext,
  live: LiveProcess,
  ms: number,
  abortable = true,
): Promise<boolean> {
  await new Promise<void>((resolve) => {
    const timer = host.clock.setTimeout(resolve, ms);
    const done = () => {
      timer.cancel();
      resolve();
    };
    void live.ended.then(done);
    if (!abortable) return;
    // An abort that came before this line is announced to nobody any more.
    if (signal.aborted) done();
    signal.addEventListener('abort', done, { once: true });
  });
  if (vm.process === live) return false;
  await vm.exitCounted;
  return true;
}
