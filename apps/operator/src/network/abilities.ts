/**
 * What this host can do about networks: looked up once at the start and said once, so that nobody learns it from a VM
 * that fails. NICs in QEMU's user mode need none of it.
 */
import { readFile, stat } from 'node:fs/promises';
import { execa } from 'execa';
import { MINIMAL_ENV, whyNoTaps } from '#libs/qemu';
import { listFolder } from '../storage/paths.js';

/** Why there are no such networks here; empty when there are. */
export interface NetworkAbility {
  bridgedReason: string;
  managedReason: string;
}

export interface NetworkSurroundings {
  /** As /proc/self/status. */
  status: string;
  /** Programs that are there. */
  programs: string[];
  /** Why no taps can be opened; undefined when they can. */
  tapFault: string | undefined;
}

/** Numbers of capabilities(7), and the package of each program. */
const NET_ADMIN = { bit: 12, name: 'CAP_NET_ADMIN' };
const SERVER_RIGHTS = [
  { bit: 10, name: 'CAP_NET_BIND_SERVICE' },
  { bit: 13, name: 'CAP_NET_RAW' },
];
const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  dnsmasq: 'dnsmasq-base',
};

export async function findNetworkAbility(): Promise<NetworkAbility> {
  const [status, tapFault, ...programs] = await Promise.all([
    readFile('/proc/self/status', 'utf8'),
    whyNoTaps(),
    ...Object.keys(PACKAGES).map(isThere),
  ]);
  return judgeNetworks({ status, tapFault, programs: programs.flatMap((it) => it ?? []) });
}

async function isThere(program: string): Promise<string | undefined> {
  const flag = program === 'ip' ? '-V' : '--version';
  const { failed } = await execa(program, [flag], { env: MINIMAL_ENV, extendEnv: false, reject: false });
  return failed ? undefined : program;
}

export function judgeNetworks({ status, programs, tapFault }: NetworkSurroundings): NetworkAbility {
  const rights = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const lacking = (needed: { bit: number; name: string }[]) =>
    needed.filter(({ bit }) => ((rights >> BigInt(bit)) & 1n) === 0n).map(({ name }) => name);
  const missing = (needed: string[]) =>
    needed.filter((it) => !programs.includes(it)).map((it) => `${it} (${PACKAGES[it]})`);
  const say = (needed: { bit: number; name: string }[], tools: string[]) =>
    [
      ...(lacking(needed).length > 0 ? [`the operator lacks ${lacking(needed).join(', ')}`] : []),
      ...(missing(tools).length > 0 ? [`the host lacks ${missing(tools).join(', ')}`] : []),
      ...(tapFault ? [tapFault] : []),
    ].join('; ');
  return {
    bridgedReason: say([NET_ADMIN], ['ip', 'nft']),
    managedReason: say([NET_ADMIN, ...SERVER_RIGHTS], ['ip', 'nft', 'dnsmasq']),
  };
}

/** Bridges of this host that VMAN did not make. */
export async function foreignBridges(ownNames: ReadonlySet<string>): Promise<string[]> {
  const names = await listFolder('/sys/class/net');
  const found = await Promise.all(
    names.map(async (name) =>
      (await stat(`/sys/class/net/${name}/bridge`).catch(() => undefined)) ? name : undefined,
    ),
  );
  return found.flatMap((name) => (name && !ownNames.has(name) ? [name] : []));
}
