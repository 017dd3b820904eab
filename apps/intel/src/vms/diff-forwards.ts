import type { PortForwardInput } from '#libs/contracts/http';
import type { PortForwardEntity } from '../db-operator/index.js';

export interface ForwardDiff {
  /** Present ones that nothing in the new list matches. */
  release: PortForwardEntity[];
  /** Entries of the new list that nothing present matches, with their position in it. */
  take: { input: PortForwardInput; position: number }[];
}

/** What has to go and what has to come; an entry without a host port keeps the port it has. Pure. */
export function diffForwards(
  present: PortForwardEntity[],
  wanted: PortForwardInput[],
  defaultAddress: string,
): ForwardDiff {
  const left = [...present];
  const take: ForwardDiff['take'] = [];
  for (const [position, input] of wanted.entries()) {
    const at = left.findIndex(
      (it) =>
        it.guestPort === input.guestPort &&
        it.protocol === (input.protocol ?? 'tcp') &&
        it.hostAddress === (input.hostAddress ?? defaultAddress) &&
        (input.hostPort == null || it.hostPort === input.hostPort),
    );
    if (at < 0) take.push({ input, position });
    else left.splice(at, 1);
  }
  return { release: left, take };
}
