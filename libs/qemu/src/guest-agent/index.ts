export type { GuestAgentOptions } from './guest-agent-channel.js';
export { GuestAgentClient, type GuestExec } from './guest-agent-client.js';
export { GuestAgentError, GuestAgentUnavailableError, GuestProgramRunsError } from './guest-agent-errors.js';
export type { GuestAddress, GuestExecResult, GuestInterface, GuestOsInfo } from './guest-answers.js';
