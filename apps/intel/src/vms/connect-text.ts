import type { PortForwardEntity } from '../db-operator/index.js';

const HTTP = [80, 3000, 5000, 8000, 8080, 8888];
const HTTPS = [443, 6443, 8443];

/** What reaches the guest's port, ready to paste. One that listens on all addresses is named by its host. Pure. */
export function connectText(
  forward: Pick<PortForwardEntity, 'protocol' | 'hostAddress' | 'hostPort' | 'guestPort'>,
  hostName: string,
): string {
  const { protocol, hostAddress, hostPort, guestPort } = forward;
  const host = hostAddress === '0.0.0.0' ? hostName : hostAddress;
  if (protocol === 'udp') return `nc -u ${host} ${hostPort}`;
  if (guestPort === 22) return `ssh -p ${hostPort} ${host}`;
  if (guestPort === 3389) return `rdp://${host}:${hostPort}`;
  if (HTTP.includes(guestPort)) return `http://${host}:${hostPort}`;
  if (HTTPS.includes(guestPort)) return `https://${host}:${hostPort}`;
  return `nc ${host} ${hostPort}`;
}
