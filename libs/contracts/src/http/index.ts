export { labelFault, NAME_PATTERN } from './fields.js';
export * from './operation-status.js';
export * from './operation-view.js';
export * from './other-requests.js';
export * from './other-views.js';
export * from './queries.js';
export * from './vm-requests.js';
export * from './vm-view.js';
