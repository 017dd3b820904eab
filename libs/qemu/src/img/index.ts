export {
  applyDiskSnapshot,
  copyDisk,
  dropDiskSnapshot,
  listDiskSnapshots,
  reclaimLeaks,
  takeDiskSnapshot,
} from './disk-snapshots.js';
export { backingPath, growQcow2, qcow2Size } from './own-disk.js';
export {
  type CheckVerdict,
  checkImage,
  convertChain,
  convertImage,
  type ImageFile,
  imageInfo,
  type QemuImgInfo,
  type QemuImgOptions,
} from './run-qemu-img.js';
export { type NewOverlay, type NewRaw, writeOverlay, writeRaw } from './write-image.js';
