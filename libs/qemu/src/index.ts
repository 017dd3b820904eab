export * from './argv/index.js';
export * from './backup/index.js';
export * from './guest-agent/index.js';
export * from './img/index.js';
export * from './probe/index.js';
export * from './process/index.js';
export * from './qmp/index.js';
export * from './seed/index.js';
