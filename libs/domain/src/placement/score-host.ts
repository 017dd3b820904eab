import { hasAll, inWords, type Neighbour, type Newcomer } from './affinity.js';

/** One reason for or against a host; the sum decides. */
export interface Points {
  rule: 'memory' | 'cpus' | 'host-labels' | 'affinity' | 'anti-affinity';
  points: number;
  message: string;
}

export interface Room {
  cpus: number;
  memoryMib: number;
  usedMemoryMib: number;
  usedVcpus: number;
  cpuOvercommitPercent: number;
  memoryOvercommitPercent: number;
}

/** A wish outweighs all that room can say, which is 100 at most. */
const WISH = 100;

/** What may be promised of a host. */
export const limitsOf = (room: Room) => ({
  memoryMib: Math.floor((room.memoryMib * room.memoryOvercommitPercent) / 100),
  vcpus: Math.floor((room.cpus * room.cpuOvercommitPercent) / 100),
});

/** What speaks for a host that has room, in points. Pure. */
export function scoreHost(
  { rules }: Newcomer,
  asked: { vcpus: number; memoryMib: number },
  host: Room & { labels: Readonly<Record<string, string>> },
  here: readonly Neighbour[],
): Points[] {
  const limits = limitsOf(host);
  const shares = [
    {
      rule: 'memory' as const,
      used: host.usedMemoryMib + asked.memoryMib,
      of: limits.memoryMib,
      unit: 'MiB',
    },
    { rule: 'cpus' as const, used: host.usedVcpus + asked.vcpus, of: limits.vcpus, unit: 'vCPUs' },
  ];
  const room = shares.map(({ rule, used, of, unit }): Points => {
    const share = of > 0 ? used / of : 1;
    const points = Math.round(50 * (rules.strategy === 'spread' ? 1 - share : share));
    return { rule, points, message: `${used} of ${of} ${unit} promised with it; ${rules.strategy}` };
  });
  const labels = Object.entries(rules.preferredHostLabels)
    .filter(([key, value]) => host.labels[key] === value)
    .map(([key, value]): Points => ({ rule: 'host-labels', points: WISH, message: `has ${key}=${value}` }));
  return [...room, ...labels, ...wishes('affinity', WISH), ...wishes('anti-affinity', -WISH)];

  function wishes(rule: 'affinity' | 'anti-affinity', points: number): Points[] {
    const terms = rule === 'affinity' ? rules.affinity : rules.antiAffinity;
    return terms
      .filter((term) => !term.required)
      .flatMap((term) => {
        const count = here.filter((it) => hasAll(it.labels, term.labels)).length;
        return count > 0 ? [{ rule, points, message: `runs ${count} VM with ${inWords(term.labels)}` }] : [];
      });
  }
}
