export {
  type ImageInfo,
  type Inspection,
  type InspectOptions,
  inspectImage,
  judgeImage,
} from './inspect-image.js';
export { growQcow2, qcow2Size } from './own-disk.js';
export type { ImageRefusal } from './qcow2-header.js';
export {
  type CheckVerdict,
  checkImage,
  convertImage,
  type ImageFile,
  imageInfo,
  type QemuImgInfo,
  type QemuImgOptions,
} from './run-qemu-img.js';
export { type NewOverlay, type NewRaw, writeOverlay, writeRaw } from './write-image.js';
