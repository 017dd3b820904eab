export { checkDesiredVm, MalformedMessage } from './check.js';
export * from './codecs.js';
export * from './messages.js';
export * from './subjects.js';
export * from './vocabulary.js';
