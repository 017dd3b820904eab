export { contentOfSnapshot } from './snapshot-origin.js';
