export { ImageStore } from './image-store.js';
