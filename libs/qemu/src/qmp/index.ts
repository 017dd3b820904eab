export { endJobs, followJobs } from './follow-jobs.js';
export {
  type ActiveForward,
  addHostForward,
  listHostForwards,
  removeHostForward,
} from './host-forwards.js';
export { LineReader, type WireItem } from './line-reader.js';
export {
  dropFromMachine,
  loadMachine,
  type SnapshotOrder,
  saveMachine,
  takeDisks,
} from './machine-snapshots.js';
export { openSocket } from './open-socket.js';
export {
  type ExecuteOptions,
  QmpClient,
  type QmpConnectOptions,
  type QmpMeasure,
  type QmpTrace,
  type WaitOptions,
} from './qmp-client.js';
export type {
  BlockDeviceInfo,
  BlockStats,
  DirtyBitmap,
  JobInfo,
  MigrationInfo,
  NamedBlockNode,
  QemuVersion,
  QmpArguments,
  QmpCommandName,
  QmpCommands,
  QmpReturn,
  RunState,
  TransactionAction,
} from './qmp-commands.js';
export { RUN_STATES } from './qmp-commands.js';
export {
  QmpBusyError,
  QmpClosedError,
  type QmpCloseReason,
  QmpError,
  QmpTimeoutError,
} from './qmp-errors.js';
export type { JobStatus, QmpEvent, QmpEventName, QmpEvents, ShutdownCause } from './qmp-events.js';
export { SHUTDOWN_CAUSES } from './qmp-events.js';
export { QmpJobError, type RunJobOptions, runJob } from './run-job.js';
