import type { AffinityTermInput, PlacementInput, PlacementView } from '#libs/contracts/http';
import type { AffinityTerm, PlacementRules } from '#libs/domain';

/** What is kept of the rules that were asked for. Pure. */
export function placementRules(input: PlacementInput | null | undefined): PlacementRules | null {
  if (input == null) return null;
  return {
    strategy: input.strategy ?? 'spread',
    hostLabels: input.hostLabels ?? {},
    preferredHostLabels: input.preferredHostLabels ?? {},
    affinity: (input.affinity ?? []).map(termOf),
    antiAffinity: (input.antiAffinity ?? []).map(termOf),
  };
}

const termOf = ({ labels, required }: AffinityTermInput): AffinityTerm => ({
  labels,
  required: required ?? true,
});

/** As they are shown; nothing when there are none. */
export function placementView(rules: PlacementRules | null): PlacementView | undefined {
  if (!rules) return undefined;
  const shown = ({ labels, required }: AffinityTerm) => ({ labels: { ...labels }, required });
  return {
    strategy: rules.strategy,
    hostLabels: { ...rules.hostLabels },
    preferredHostLabels: { ...rules.preferredHostLabels },
    affinity: rules.affinity.map(shown),
    antiAffinity: rules.antiAffinity.map(shown),
  };
}
