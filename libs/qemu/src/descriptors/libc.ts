/**
 * The two calls of the C library that Node has no words for: `ioctl` on a device, and `sendmsg`, which alone passes
 * a file descriptor to another process. Loaded at the first use, so that a host without bridges never needs it.
 */

/** What a call gave, and the error number when that is -1. */
interface Called {
  result: number;
  errno: number;
}

export interface Libc {
  /** A buffer is read and written in place. */
  ioctl(fd: number, request: number, argument: Buffer | number): Called;
  /** One message of these bytes, with one descriptor beside its first. */
  sendDescriptor(socket: number, bytes: Buffer, fd: number): Called;
}

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
/** Neither wait for room nor be killed when the other end is gone. */
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;

let loaded: Promise<Libc> | undefined;

/** Throws when there is none for this kind of machine. */
export function loadLibc(): Promise<Libc> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Libc> {
  const { default: koffi } = await import('koffi');
  const c = koffi.load(null);
  const vector = koffi.struct({ base: 'void *', length: 'size_t' });
  const message = koffi.struct({
    name: 'void *',
    nameLength: 'uint32_t',
    vectors: koffi.pointer(vector),
    vectorCount: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  });
  const ioctl = c.func('int ioctl(int, unsigned long, ...)');
  const sendmsg = c.func('sendmsg', 'long', ['int', koffi.pointer(message), 'int']);
  const called = (result: number): Called => ({ result, errno: result < 0 ? koffi.errno() : 0 });
  return {
    ioctl: (fd, request, argument) =>
      called(ioctl(fd, request, typeof argument === 'number' ? 'unsigned long' : 'void *', argument)),
    sendDescriptor(socket, bytes, fd) {
      const control = rightsOf(fd);
      const it = {
        ...{ name: null, nameLength: 0, vectors: { base: bytes, length: bytes.length }, vectorCount: 1 },
        ...{ control, controlLength: control.length, flags: 0 },
      };
      return called(sendmsg(socket, it, MSG_DONTWAIT_NOSIGNAL));
    },
  };
}

/** A control message of one descriptor, as 64-bit Linux lays it out: length, level, type, the number, padding. */
function rightsOf(fd: number): Buffer {
  const control = Buffer.alloc(24);
  control.writeBigUInt64LE(20n, 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(fd, 16);
  return control;
}
