import type { StreamEndReason } from '#libs/contracts';

/** One reader's way to a device of a guest. */
export interface ConsoleLine {
  /** The next bytes from the guest, at most so many; undefined: none now. */
  read(maxBytes: number): Buffer | undefined;
  /** Resolves when the guest's side has taken them, or is gone. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

export interface LineListener {
  onReadable(): void;
  /** With a reason when it is known; otherwise QEMU closed it. */
  onEnd(reason?: StreamEndReason): void;
}
