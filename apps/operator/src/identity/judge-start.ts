import type { HostIdentity } from '#libs/contracts';

/**
 * What a host may do before the control plane has said that it is the one its id stands for.
 * `go-on`: it was let in as just this. `hold-nothing`: it is new, holds no VM, and takes none before it is let in.
 * `ask-first`: the same after a reboot, or a copy of the whole machine; it waits for an answer, but not for long.
 * `stand-by`: it is not what was let in; it starts nothing before it is.
 */
export type StartVerdict = 'go-on' | 'hold-nothing' | 'ask-first' | 'stand-by';

/** Pure. */
export function judgeStart(
  { isNew, admitted }: { isNew: boolean; admitted: HostIdentity | null },
  now: HostIdentity,
): StartVerdict {
  if (isNew) return 'hold-nothing';
  if (!admitted) return 'stand-by';
  if (admitted.incarnation !== now.incarnation || admitted.machineId !== now.machineId) return 'stand-by';
  return admitted.bootId === now.bootId ? 'go-on' : 'ask-first';
}
