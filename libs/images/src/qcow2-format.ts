/** "QFI\xfb", the first four bytes. */
export const QCOW2_MAGIC = 0x514649fb;
/** QEMU's own limits on the tables; larger ones exist only in hostile images. */
export const QCOW2_MAX_L1_BYTES = 32 * 1024 * 1024;
export const QCOW2_MAX_REFCOUNT_TABLE_BYTES = 8 * 1024 * 1024;
