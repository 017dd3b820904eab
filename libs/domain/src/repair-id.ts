import type { DriftRule } from '#libs/contracts';

export interface RepairName {
  vmId: string;
  generation: number;
  rule: DriftRule;
  /** The exit that it answers, or the sighting that it rests on. */
  occasion: string;
}

/**
 * The same for the same repair, whoever decides it: observers and hosts have one effect together. A name-based UUID
 * (RFC 9562, version 8) over four mixed 32-bit hashes: it keeps names apart and guards nothing.
 */
export function repairId({ vmId, generation, rule, occasion }: RepairName): string {
  const hex = hash128(`${vmId}/${generation}/${occasion}/${rule}`);
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

const SEEDS = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef] as const;
const FACTORS = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1] as const;

function hash128(text: string): string {
  return SEEDS.map((seed, lane) => {
    const factor = FACTORS[lane] ?? 1;
    let hash = seed ^ text.length;
    for (let at = 0; at < text.length; at += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(at), factor);
      hash = (hash << 13) | (hash >>> 19);
    }
    return mixed(hash).toString(16).padStart(8, '0');
  }).join('');
}

/** The end of MurmurHash3: every bit of the input reaches every bit of the output. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
