/** Which VMs belong together on a host, and which must not meet there, by their labels. Pure. */

export type Labels = Readonly<Record<string, string>>;

/** VMs of the same project that have all of these labels. */
export interface AffinityTerm {
  labels: Labels;
  /** Otherwise it is a wish, which a host may outweigh. */
  required: boolean;
}

/** What a VM wants of the place where it runs. */
export interface PlacementRules {
  /** `spread`: the emptiest host; `pack`: the fullest that has room. */
  strategy: 'spread' | 'pack';
  /** A host must have all of these. */
  hostLabels: Labels;
  /** Each that a host has speaks for it. */
  preferredHostLabels: Labels;
  affinity: AffinityTerm[];
  antiAffinity: AffinityTerm[];
}

export const ANY_PLACE: PlacementRules = {
  strategy: 'spread',
  hostLabels: {},
  preferredHostLabels: {},
  affinity: [],
  antiAffinity: [],
};

/** A VM that is on a host already. */
export interface Neighbour {
  name: string;
  labels: Labels;
  /** Of its own rules: whom it must not meet. */
  shuns: Labels[];
}

/** A VM that looks for a place. */
export interface Newcomer {
  labels: Labels;
  rules: PlacementRules;
}

export const hasAll = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

export const inWords = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** The required terms that bind a newcomer to others. */
const bonds = ({ affinity }: PlacementRules) => affinity.filter((it) => it.required);

/**
 * Why a host will not do; undefined: it will. A required affinity that no VM anywhere fulfils binds nobody: the first
 * of a group may go where it likes.
 */
export function affinityLack(
  { labels, rules }: Newcomer,
  here: readonly Neighbour[],
  everywhere: readonly Neighbour[],
): string | undefined {
  for (const term of bonds(rules)) {
    const matches = (it: Neighbour) => hasAll(it.labels, term.labels);
    if (everywhere.some(matches) && !here.some(matches)) {
      return `runs no VM with ${inWords(term.labels)}, beside which it must be`;
    }
  }
  for (const term of rules.antiAffinity.filter((it) => it.required)) {
    const met = here.filter((it) => hasAll(it.labels, term.labels));
    if (met[0])
      return `runs ${met.length} VM with ${inWords(term.labels)} (${met[0].name}), which it must not meet`;
  }
  const shunning = here.find((it) => it.shuns.some((shunned) => hasAll(labels, shunned)));
  return shunning && `runs ${shunning.name}, which must not meet it`;
}
