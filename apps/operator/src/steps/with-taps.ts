import type { FileHandle } from 'node:fs/promises';
import { delay } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { tappedNics } from './qemu-spec.js';
import type { StepContext } from './step-handler.js';

/** The kernel takes a moment to close what a process that just ended had open. */
const BUSY_MS = 2_000;
const BUSY_STEP_MS = 10;

/**
 * Opens the taps of all NICs, in the order in which QEMU counts them, for as long as `use` takes: what QEMU was given
 * is its own. Throws `network_unavailable`.
 */
export async function withTaps<T>(
  context: StepContext,
  use: (fds: readonly number[]) => Promise<T>,
): Promise<T> {
  const taps: FileHandle[] = [];
  try {
    for (const { nicId } of tappedNics(context.desired)) taps.push(await openFree(context, nicId));
    return await use(taps.map(({ fd }) => fd));
  } finally {
    await Promise.all(taps.map((tap) => tap.close()));
  }
}

async function openFree({ host }: StepContext, nicId: string): Promise<FileHandle> {
  const { clock, networks } = host;
  const deadline = clock.monotonic() + BUSY_MS;
  for (;;) {
    const tap = await networks.openTap(nicId);
    if (tap) return tap;
    if (clock.monotonic() >= deadline) {
      throw new VmanError('network_unavailable', `Another process has the tap of NIC ${nicId} open.`);
    }
    await delay(clock, BUSY_STEP_MS);
  }
}
