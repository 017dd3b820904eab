const LOOPBACK_HEX = '0100007F';
const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');

/** The user of the other end of a connection over loopback, in the table of the kernel (/proc/net/tcp). */
export function ownerOfConnection(table: string, from: number, to: number): number | undefined {
  for (const line of table.split('\n')) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    if (local === `${LOOPBACK_HEX}:${hex(from)}` && remote === `${LOOPBACK_HEX}:${hex(to)}`)
      return Number(uid);
  }
  return undefined;
}
