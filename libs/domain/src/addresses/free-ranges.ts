/**
 * What of a network can be given out at its beginning, as ranges. Pure.
 *
 * The network's and the broadcast address, the gateway and what is reserved are in none. A range is `automatic` when
 * its addresses are given to those who name none; the others are given only to those who ask. The automatic ones are
 * cut into stripes, so that creates that run at the same time find each a range that nobody else holds.
 */
import { BITS, type Cidr, formatIp, type Ip, type IpFamily, isWithin, parseIp } from './ip.js';

export interface IpRange {
  first: bigint;
  last: bigint;
}

export interface FreeRange extends IpRange {
  family: IpFamily;
  automatic: boolean;
}

export interface PoolDefinition {
  cidr: Cidr;
  gateway?: Ip;
  /** Where the automatic ones come from; none: the whole network. */
  ranges: IpRange[];
  reserved: IpRange[];
}

/** More transactions than connections of one intel never run at the same time. */
const STRIPES = 16;

export function freeRanges(pool: PoolDefinition): FreeRange[] {
  const { cidr, gateway, reserved } = pool;
  const closed = [...reserved];
  if (gateway) closed.push({ first: gateway.value, last: gateway.value });
  const usable = subtract(hostRange(cidr), closed);
  const wanted = pool.ranges.length > 0 ? pool.ranges : [{ first: cidr.first, last: cidr.last }];
  const automatic = wanted.flatMap((range) => usable.flatMap((it) => intersect(it, range)));
  const rest = usable.flatMap((it) => subtract(it, wanted));
  const { family } = cidr;
  return [
    ...stripe(subtractEach(automatic)).map((it) => ({ ...it, family, automatic: true })),
    ...rest.map((it) => ({ ...it, family, automatic: false })),
  ];
}

/** How many addresses are given out without being asked for. */
export function poolSize(pool: PoolDefinition): bigint {
  return freeRanges(pool)
    .filter((it) => it.automatic)
    .reduce((sum, it) => sum + it.last - it.first + 1n, 0n);
}

/** Without the network's own and, in IPv4, the broadcast address; a network of one or two has none of these. */
function hostRange({ family, first, last, prefix }: Cidr): IpRange {
  if (prefix >= BITS[family] - 1) return { first, last };
  return { first: first + 1n, last: family === 4 ? last - 1n : last };
}

/** What of a range is left without the others. */
function subtract(range: IpRange, others: IpRange[]): IpRange[] {
  let left = [range];
  for (const other of others) {
    left = left.flatMap((it) => {
      if (other.last < it.first || other.first > it.last) return [it];
      return [
        { first: it.first, last: other.first - 1n },
        { first: other.last + 1n, last: it.last },
      ].filter((part) => part.first <= part.last);
    });
  }
  return left;
}

/** Math.max does not take bigints. */
function higher(one: bigint, other: bigint): bigint {
  if (one < other) return other;
  return one;
}

function intersect(one: IpRange, other: IpRange): IpRange[] {
  const first = higher(one.first, other.first);
  const last = one.last + other.last - higher(one.last, other.last);
  return first <= last ? [{ first, last }] : [];
}

/** Ranges that were given twice or overlap, once. */
function subtractEach(ranges: IpRange[]): IpRange[] {
  const done: IpRange[] = [];
  for (const range of ranges) done.push(...subtract(range, done));
  return done.sort((a, b) => (a.first < b.first ? -1 : 1));
}

function stripe(ranges: IpRange[]): IpRange[] {
  const total = ranges.reduce((sum, it) => sum + it.last - it.first + 1n, 0n);
  const most = (total + BigInt(STRIPES) - 1n) / BigInt(STRIPES);
  return ranges.flatMap((range) => {
    const parts: IpRange[] = [];
    for (let first = range.first; first <= range.last; first += most) {
      const last = first + most - 1n;
      parts.push(...intersect({ first, last }, range));
    }
    return parts;
  });
}

/** `10.0.0.10-10.0.0.20` or one address; undefined when it is none or not within the network. */
export function parseRange(text: string, cidrs: Cidr[]): (IpRange & { family: IpFamily }) | undefined {
  const [from = '', to = from, ...more] = text.split('-');
  const first = parseIp(from.trim());
  const last = parseIp(to.trim());
  if (!first || !last || more.length > 0 || first.value > last.value) return undefined;
  const cidr = cidrs.find((it) => isWithin(it, first) && isWithin(it, last));
  return cidr && { family: cidr.family, first: first.value, last: last.value };
}

export function formatRange(range: IpRange & { family: IpFamily }): string {
  const { family, first, last } = range;
  const from = formatIp({ family, value: first });
  return first === last ? from : `${from}-${formatIp({ family, value: last })}`;
}
