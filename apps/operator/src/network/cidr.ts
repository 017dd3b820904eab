/** The parts of `10.20.0.0/24`. */
export function splitCidr(cidr: string): { base: string; prefix: number } {
  const [base = '', prefix = ''] = cidr.split('/');
  return { base, prefix: Number(prefix) };
}

/** `24` as `255.255.255.0`. */
export function netmask(prefix: number): string {
  return [0, 8, 16, 24].map((from) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - from)))).join('.');
}

/** The address that a guest gives itself from its MAC (RFC 4291, appendix A), in full form. */
export function linkLocalOf(mac: string): string {
  const [a = 0, b, c, d, e, f] = mac.split(':').map((part) => Number.parseInt(part, 16));
  const bytes = [a ^ 2, b, c, 0xff, 0xfe, d, e, f].map((byte) => (byte ?? 0).toString(16).padStart(2, '0'));
  const groups = [0, 2, 4, 6].map((at) => `${bytes[at]}${bytes[at + 1]}`);
  return `fe80:0:0:0:${groups.map((group) => group.replace(/^0{1,3}/, '')).join(':')}`;
}

/** All 128 bits of an IPv6 address as one number, `0x...`. */
export function ipv6Hex(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `0x${[...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('')}`;
}
