export { seedImage } from './seed-image.js';
