import type { RepairAction } from '#libs/contracts';

/** A repair without an effect is sent again after this, then after twice as long, up to the longest. */
export const FIRST_RESEND_MS = 5_000;
export const LONGEST_RESEND_MS = 60_000;
/** After so many tries a repair has no effect, and the drift is one for a person. */
export const TRIES_MAX = 8;
/** It is tried again after this all the same: the cause may be gone. */
export const GIVE_UP_REST_MS = 600_000;

/** Milliseconds from the try with this number, counted from 1, to the next look. */
export function waitAfter(attempt: number): number {
  return Math.min(FIRST_RESEND_MS * 2 ** Math.max(0, attempt - 2), LONGEST_RESEND_MS);
}

/**
 * What tells one repair from another of the same rule and generation. The restart of an exit is one repair however
 * often it is sent; a look is a new one with each try, since a host answers one that it knows and looks no more.
 */
export function occasionOf(
  action: RepairAction,
  exitSeq: number,
  rev: { startCount: number; sequence: number } | undefined,
  attempt: number,
): string {
  switch (action) {
    case 'restart':
      return `${exitSeq}`;
    case 'converge':
    case 'stop-copy':
    case 'tell-again':
      return `${rev?.startCount ?? 0}.${rev?.sequence ?? 0}.${attempt}`;
  }
}
