export { storageFull, takeRoom } from './take-room.js';
