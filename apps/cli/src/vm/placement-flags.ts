import { type Command, Option } from 'commander';
import { type CreateVm, placementStrategies } from '#libs/client';
import { addLabel } from '../values/parse-label.js';

type Placement = NonNullable<CreateVm['placement']>;

export interface PlacementFlags {
  strategy?: Placement['strategy'];
  hostLabel?: Record<string, string>;
  preferHostLabel?: Record<string, string>;
  near?: Record<string, string>;
  preferNear?: Record<string, string>;
  apartFrom?: Record<string, string>;
  preferApartFrom?: Record<string, string>;
}

export function addPlacementFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--strategy <how>', 'spread: on the emptiest host; pack: on the fullest').choices(
        placementStrategies.filter((it) => it !== undefined),
      ),
    )
    .option('--host-label <key=value>', 'only on hosts that have it; repeatable', addLabel)
    .option('--prefer-host-label <key=value>', 'rather on hosts that have it; repeatable', addLabel)
    .option('--near <key=value>', 'only on a host with a VM of this label; repeatable', addLabel)
    .option('--prefer-near <key=value>', 'rather on a host with a VM of this label', addLabel)
    .option('--apart-from <key=value>', 'on no host with a VM of this label; repeatable', addLabel)
    .option('--prefer-apart-from <key=value>', 'rather on no host with a VM of this label', addLabel);
}

/** Only what was given. Pure. */
export function placementOf(flags: PlacementFlags): Placement | undefined {
  const { strategy, hostLabel: hostLabels, preferHostLabel: preferredHostLabels } = flags;
  const placement: Placement = {
    strategy,
    hostLabels,
    preferredHostLabels,
    affinity: termsOf(flags.near, flags.preferNear),
    antiAffinity: termsOf(flags.apartFrom, flags.preferApartFrom),
  };
  return Object.values(placement).some((it) => it !== undefined) ? placement : undefined;
}

function termsOf(
  required: Record<string, string> | undefined,
  preferred: Record<string, string> | undefined,
): Placement['affinity'] {
  const terms = [
    ...(required ? [{ labels: required, required: true }] : []),
    ...(preferred ? [{ labels: preferred, required: false }] : []),
  ];
  return terms.length > 0 ? terms : undefined;
}
