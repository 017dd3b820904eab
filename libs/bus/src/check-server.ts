import type { Socket } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

/** What Node calls the check on: the options of the connection. */
interface Dialled {
  /** Empty for a server that is given by its address. */
  servername?: string;
  socket?: Pick<Socket, 'remoteAddress'>;
}

/**
 * Whether a certificate is that of the server that was dialled: undefined, or what is wrong. For a server that is given
 * by its address the client names none, and Node would look for "localhost": it must be good for the address at the
 * other end then.
 */
export function checkServer(this: Dialled, named: string, certificate: PeerCertificate): Error | undefined {
  const address = this.socket?.remoteAddress?.replace(/^::ffff:/i, '');
  return checkServerIdentity(this.servername || address || named, certificate);
}
