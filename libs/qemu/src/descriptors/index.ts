export { openTap, whyNoTaps } from './open-tap.js';
