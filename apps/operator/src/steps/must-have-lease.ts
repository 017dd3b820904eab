import { VmanError } from '#libs/errors';
import type { StepContext } from './step-handler.js';

/** Waits in between may have taken longer than the lease lasts. */
export function mustHaveLease({ host, desired }: Pick<StepContext, 'host' | 'desired'>): void {
  if (host.leases.mayRun(desired)) return;
  throw new VmanError('lease_held', 'The lease of the VM ran out before it was started.');
}
