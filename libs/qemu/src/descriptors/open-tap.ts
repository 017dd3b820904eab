/**
 * Opens a tap of this host for a QEMU that may not: it gets the open file, so its user needs no right on the device
 * and the tap need not belong to it. The tap is there already and stays when all who have it open close it. Only one
 * at a time may have it open: `EBUSY` says that another does.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { getSystemErrorName } from 'node:util';
import { loadLibc } from './libc.js';

const DEVICE = '/dev/net/tun';
/** Of linux/if_tun.h. */
const TUNSETIFF = 0x400454ca;
const TUNSETOWNER = 0x400454cc;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
/** `struct ifreq`: a name of 16 bytes, and what is asked. */
const REQUEST_BYTES = 40;
const NAME_BYTES = 16;

/** With the headers that spare QEMU the checksums. Throws with the `code` of the system's error. */
export async function openTap(name: string): Promise<FileHandle> {
  const libc = await loadLibc();
  // Node opens every file such that no program which is started meanwhile inherits it.
  const tap = await open(DEVICE, 'r+');
  try {
    const request = Buffer.alloc(REQUEST_BYTES);
    request.write(name, 0, NAME_BYTES - 1, 'latin1');
    request.writeUInt16LE(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, NAME_BYTES);
    check(`opening the tap ${name}`, libc.ioctl(tap.fd, TUNSETIFF, request));
    // One of an earlier version belongs to QEMU's user, who could open it again.
    check(`owning the tap ${name}`, libc.ioctl(tap.fd, TUNSETOWNER, process.geteuid?.() ?? 0));
    return tap;
  } catch (error) {
    await tap.close();
    throw error;
  }
}

/** Why this operator can open no taps; undefined when it can. */
export async function whyNoTaps(): Promise<string | undefined> {
  try {
    await loadLibc();
  } catch (error) {
    return `nothing on this machine can open taps: ${(error as Error).message.split('\n')[0]}`;
  }
  try {
    await (await open(DEVICE, 'r+')).close();
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `the host lacks ${DEVICE}` : `the operator may not open ${DEVICE} (${code})`;
  }
}

function check(what: string, { result, errno }: { result: number; errno: number }): void {
  if (result >= 0) return;
  const code = getSystemErrorName(-errno);
  throw Object.assign(new Error(`${what}: ${code}`), { code });
}
