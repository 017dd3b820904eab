export {
  type ImageInfo,
  type Inspection,
  type InspectOptions,
  inspectFile,
  inspectImage,
  judgeImage,
} from './inspect-image.js';
export { QCOW2_MAGIC, QCOW2_MAX_L1_BYTES } from './qcow2-format.js';
export type { ImageRefusal } from './qcow2-header.js';
