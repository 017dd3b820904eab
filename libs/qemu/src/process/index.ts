export { type LaunchedQemu, launchQemu, type QemuExit, type QemuLaunch } from './launch-qemu.js';
export { MINIMAL_ENV } from './minimal-env.js';
export {
  bootId,
  isSameProcess,
  killSameProcess,
  type ProcessIdentity,
  type ProcessStat,
  processStartTime,
  processStat,
} from './process-identity.js';
