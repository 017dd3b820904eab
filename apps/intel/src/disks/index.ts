export type { ChangedDisk } from './changed-disk.js';
export { DiskChanges } from './disk-changes.js';
export { diskVersion } from './disk-version.js';
