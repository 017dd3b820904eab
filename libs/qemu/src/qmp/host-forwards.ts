/**
 * Port forwards of QEMU's user network while it runs. Only the human monitor knows them: it never answers with an
 * error, so its text is read. Rules are made of checked parts, so no string reaches it raw.
 */
import type { ForwardProtocol } from '#libs/contracts';
import { checkForwards, type ForwardSpec, hostForwardRule, netdevId } from '../argv/index.js';
import type { QmpClient } from './qmp-client.js';
import { QmpError } from './qmp-errors.js';

export interface ActiveForward {
  protocol: ForwardProtocol;
  hostAddress: string;
  hostPort: number;
  guestPort: number;
}

const run = (client: QmpClient, line: string): Promise<string> =>
  client.execute('human-monitor-command', { 'command-line': line });

/** Throws QmpError `PortInUse` when QEMU could not listen on the host's port. */
export async function addHostForward(client: QmpClient, nicId: string, forward: ForwardSpec): Promise<void> {
  checkForwards([forward]);
  const text = (await run(client, `hostfwd_add ${netdevId(nicId)} ${hostForwardRule(forward)}`)).trim();
  if (text !== '') throw new QmpError('hostfwd_add', 'PortInUse', text);
}

/** True when there was such a forward. */
export async function removeHostForward(
  client: QmpClient,
  nicId: string,
  forward: ForwardSpec,
): Promise<boolean> {
  checkForwards([forward]);
  const { protocol, hostAddress, hostPort } = forward;
  const rule = `${protocol}:${hostAddress}:${hostPort}`;
  const text = (await run(client, `hostfwd_remove ${netdevId(nicId)} ${rule}`)).trim();
  if (text.endsWith('removed')) return true;
  if (text.endsWith('not found')) return false;
  throw new QmpError('hostfwd_remove', 'GenericError', text);
}

/** The forwards that QEMU listens on, by netdev id. */
export async function listHostForwards(client: QmpClient): Promise<Map<string, ActiveForward[]>> {
  return parseUserNetworks(await run(client, 'info usernet'));
}

const NETWORK = /^Hub -?\d+ \(([^)]+)\):/;
const FORWARD = /^\s*(TCP|UDP)\[HOST_FORWARD\]\s+-?\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)/;

/** The text of `info usernet`. */
export function parseUserNetworks(text: string): Map<string, ActiveForward[]> {
  const networks = new Map<string, ActiveForward[]>();
  let current: ActiveForward[] = [];
  for (const line of text.split(/\r?\n/)) {
    const network = NETWORK.exec(line);
    if (network !== null) {
      current = [];
      networks.set(network[1] ?? '', current);
      continue;
    }
    const forward = FORWARD.exec(line);
    if (forward === null) continue;
    current.push({
      protocol: forward[1] === 'UDP' ? 'udp' : 'tcp',
      hostAddress: forward[2] === '*' ? '0.0.0.0' : (forward[2] ?? ''),
      hostPort: Number(forward[3]),
      guestPort: Number(forward[4]),
    });
  }
  return networks;
}
