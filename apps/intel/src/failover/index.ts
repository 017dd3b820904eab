export { FailOver } from './fail-over.js';
