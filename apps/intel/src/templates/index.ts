export { usableTemplate } from './find-template.js';
export { ImageStore } from './image-store.js';
