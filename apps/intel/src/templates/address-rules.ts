/**
 * Which addresses this server fetches from: public ones, and those of networks that an admin allowed. Everything
 * that could reach the machine itself, its neighbours or the metadata service of a cloud is refused, also when it is
 * written as an IPv6 address that carries an IPv4 one. Pure.
 */
import { BlockList, isIP } from 'node:net';

const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Of IPv6 only the global unicast range is left, without what carries or stands for other addresses. */
const GLOBAL_V6 = '2000::/3';
const REFUSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
const MAPPED_V4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

const refused = listOf([...REFUSED_V4, ...REFUSED_V6]);
const global = listOf([GLOBAL_V6]);

export class AddressRules {
  private readonly allowed: BlockList;

  /** @param allow networks such as `10.0.0.0/8`, comma separated */
  constructor(allow: string | undefined) {
    this.allowed = listOf(allow?.split(',') ?? []);
  }

  allows(address: string): boolean {
    const plain = canonical(address);
    if (plain === undefined) return false;
    const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
    if (this.allowed.check(plain, family)) return true;
    if (refused.check(plain, family)) return false;
    return family === 'ipv4' || global.check(plain, family);
  }
}

/** One way of writing it; a mapped IPv4 address as what it maps. Undefined for what is no address, or has a zone. */
function canonical(address: string): string | undefined {
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6 || address.includes('%')) return undefined;
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (!hex) return MAPPED_V4.exec(short)?.[1] ?? short;
  const bits = Number.parseInt(hex[1] ?? '', 16) * 2 ** 16 + Number.parseInt(hex[2] ?? '', 16);
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
