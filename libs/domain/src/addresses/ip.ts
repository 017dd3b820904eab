/** Addresses as numbers. Pure; one spelling an address, so that two spellings of one never pass for two. */
export type IpFamily = 4 | 6;

export interface Ip {
  family: IpFamily;
  value: bigint;
}

export interface Cidr {
  family: IpFamily;
  /** Its lowest address. */
  first: bigint;
  last: bigint;
  prefix: number;
}

export const BITS: Readonly<Record<IpFamily, number>> = { 4: 32, 6: 128 };

/** Undefined when it is not an address; a zone (`%eth0`) is none. */
export function parseIp(text: string): Ip | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Ip | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((it) => /^(0|[1-9]\d{0,2})$/.test(it) && Number(it) < 256)) {
    return undefined;
  }
  return { family: 4, value: parts.reduce((sum, it) => sum * 256n + BigInt(it), 0n) };
}

function parseV6(text: string): Ip | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])];
  return { family: 6, value: groups.reduce((sum, it) => sum * 65_536n + BigInt(it), 0n) };
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const embedded = parseV4(part);
      if (!embedded) return undefined;
      groups.push(Number(embedded.value / 65_536n), Number(embedded.value % 65_536n));
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** As RFC 5952 has it: lower case, the first longest run of zeros as `::`. */
export function formatIp({ family, value }: Ip): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(16 * (7 - index))) & 65_535n);
  const run = longestZeros(groups);
  const hex = (part: bigint[]) => part.map((it) => it.toString(16)).join(':');
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.at))}::${hex(groups.slice(run.at + run.length))}`;
}

function longestZeros(groups: bigint[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0n ? length + 1 : 0;
    if (length > best.length) best = { at: index - length + 1, length };
  }
  return best;
}

/** `10.20.0.0/24`. Undefined when it is none, or when bits are set behind its prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address, bits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const ip = parseIp(address ?? '');
  const prefix = Number(bits);
  if (!ip || prefix > BITS[ip.family]) return undefined;
  const size = 1n << BigInt(BITS[ip.family] - prefix);
  if (ip.value % size !== 0n) return undefined;
  return { family: ip.family, first: ip.value, last: ip.value + size - 1n, prefix };
}

export const isWithin = (cidr: Cidr, ip: Ip) =>
  ip.family === cidr.family && ip.value >= cidr.first && ip.value <= cidr.last;

export const overlaps = (one: Cidr, other: Cidr) =>
  one.family === other.family && one.first <= other.last && other.first <= one.last;
