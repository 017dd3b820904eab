/**
 * Every subject of the bus is made and read here. `{host}` stands for a host id where a pattern is declared
 * before the id is known.
 */
export const DESIRED_STREAM = 'VMAN_DESIRED';
export const COMMANDS_STREAM = 'VMAN_COMMANDS';
export const EVENTS_STREAM = 'VMAN_EVENTS';

export const EVENT_KINDS = ['vm', 'command', 'repair', 'exit', 'drift'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export const COMMAND_KINDS = [
  'reset',
  'repair',
  'createDisk',
  'growDisk',
  'removeDisk',
  'quarantineDisk',
  'returnDisk',
  'purgeDisk',
  'exportDisk',
  'createSnapshot',
  'deleteSnapshot',
  'createBackup',
  'deleteBackup',
  'verifyBackup',
  'cancelCommand',
  'converge',
  'stopCopy',
] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

/** Methods that live on intel (`vman.rpc.intel.<method>`) or on one host (`vman.rpc.<hostId>.<method>`). */
export const INTEL_METHODS = ['image', 'lead', 'admit'] as const;
export const HOST_METHODS = [
  'plan',
  'desired',
  'guest',
  'console-log',
  'console',
  'disk-files',
  'leases',
] as const;

export const subjects = {
  desired: (hostId: string, vmId: string) => `vman.desired.${hostId}.${vmId}`,
  desiredOfHost: (hostId: string) => `vman.desired.${hostId}.*`,
  allDesired: 'vman.desired.*.*',
  /** The last token of the subject under which a host's seed marker lies. */
  seedToken: '_seeded',
  command: (hostId: string, kind: CommandKind) => `vman.cmd.${hostId}.${kind}`,
  commandsOfHost: (hostId: string) => `vman.cmd.${hostId}.*`,
  allCommands: 'vman.cmd.*.*',
  event: (hostId: string, kind: EventKind) => `vman.evt.${hostId}.${kind}`,
  eventsOfKind: (kind: EventKind) => `vman.evt.*.${kind}`,
  allEvents: 'vman.evt.*.*',
  heartbeat: (hostId: string) => `vman.hb.${hostId}`,
  allHeartbeats: 'vman.hb.*',
  beacon: 'vman.beacon.observer',
  intelRpc: (method: (typeof INTEL_METHODS)[number]) => `vman.rpc.intel.${method}`,
  streamIn: (hostId: string, sessionId: string) => `vman.stream.${hostId}.${sessionId}.in`,
  streamOut: (hostId: string, sessionId: string) => `vman.stream.${hostId}.${sessionId}.out`,
  hostRpc: (hostId: string, method: (typeof HOST_METHODS)[number]) => `vman.rpc.${hostId}.${method}`,
} as const;

/** The durable consumer of one host on one stream. */
export const hostConsumer = (hostId: string) => `host-${hostId}`;

/** The host a subject speaks for: its third token. */
export function hostOfSubject(subject: string): string {
  return subject.split('.')[2] ?? '';
}

/** The last token: a VM id on desired subjects, a kind on command and event subjects. */
export function lastTokenOfSubject(subject: string): string {
  return subject.slice(subject.lastIndexOf('.') + 1);
}
