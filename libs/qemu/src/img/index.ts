export { type NewOverlay, type NewRaw, writeOverlay, writeRaw } from './write-image.js';
