/** Bytes to checked messages and back. Nothing else in the code touches the generated classes. */
import type { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  checkCommand,
  checkConsoleRequest,
  checkDesiredVm,
  checkDriftEvent,
  checkExitEvent,
  checkGuestReply,
  checkGuestRequest,
  checkHeartbeat,
  checkStreamFrame,
  checkVmEvent,
  MalformedMessage,
  uuid,
  word,
} from './check.js';
import * as command from './gen/vman/v1/command.js';
import * as consoles from './gen/vman/v1/console.js';
import * as event from './gen/vman/v1/event.js';
import * as guest from './gen/vman/v1/guest.js';
import * as report from './gen/vman/v1/report.js';
import * as rpc from './gen/vman/v1/rpc.js';
import * as vm from './gen/vman/v1/vm.js';
import type {
  AdmitReply,
  AdmitRequest,
  Beacon,
  Command,
  CommandEvent,
  ConsoleLogReply,
  ConsoleLogRequest,
  ConsoleReply,
  ConsoleRequest,
  DesiredReply,
  DesiredRequest,
  DesiredVm,
  DiskFilesReply,
  DiskFilesRequest,
  DriftEvent,
  ExitEvent,
  GuestReply,
  GuestRequest,
  Heartbeat,
  ImageGrant,
  ImageRequest,
  LeadReply,
  LeadRequest,
  LeasesReply,
  LeasesRequest,
  PlanReply,
  PlanRequest,
  RepairEvent,
  SeedMarker,
  StreamFrame,
  VmEvent,
} from './messages.js';
import {
  COMMAND_STATUSES,
  DRIFT_RULES,
  LEASE_SIGHTS,
  ORIGINS,
  PAUSE_SCOPES,
  REPAIR_ACTIONS,
  SNAPSHOT_CONSISTENCIES,
} from './vocabulary.js';

/** One message type on the wire. `decode` throws MalformedMessage. */
export interface Codec<T> {
  readonly name: string;
  encode(message: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

interface Generated {
  encode(message: never, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): unknown;
}

function codec<T>(name: string, generated: Generated, check: (message: T) => void): Codec<T> {
  return {
    name,
    encode: (message) => generated.encode(message as never).finish(),
    decode(bytes) {
      let message: T;
      try {
        message = generated.decode(bytes) as T;
      } catch (cause) {
        throw new MalformedMessage(`${name} does not decode`, { cause });
      }
      check(message);
      return message;
    },
  };
}

export const desiredVmCodec = codec<DesiredVm>('DesiredVm', vm.DesiredVm, checkDesiredVm);
export const heartbeatCodec = codec<Heartbeat>('Heartbeat', report.Heartbeat, checkHeartbeat);
export const beaconCodec = codec<Beacon>('Beacon', report.Beacon, (it) => {
  for (const { scope } of it.state?.pauses ?? []) word('pause.scope', scope, PAUSE_SCOPES);
});
export const vmEventCodec = codec<VmEvent>('VmEvent', event.VmEvent, checkVmEvent);
export const commandCodec = codec<Command>('Command', command.Command, checkCommand);
export const commandEventCodec = codec<CommandEvent>('CommandEvent', event.CommandEvent, (it) => {
  uuid('hostId', it.hostId);
  uuid('operationId', it.operationId);
  word('status', it.status, COMMAND_STATUSES);
  const result = it.result?.of;
  if (result?.$case === 'snapshot') word('consistency', result.value.consistency, SNAPSHOT_CONSISTENCIES);
});
export const repairEventCodec = codec<RepairEvent>('RepairEvent', event.RepairEvent, (it) => {
  uuid('hostId', it.hostId);
  uuid('vmId', it.vmId);
  uuid('repairId', it.repairId);
  word('rule', it.rule, DRIFT_RULES);
  if (it.action !== undefined) word('action', it.action, REPAIR_ACTIONS);
  if (it.origin !== undefined) word('origin', it.origin, ORIGINS);
});
export const driftEventCodec = codec<DriftEvent>('DriftEvent', event.DriftEvent, checkDriftEvent);
export const leadRequestCodec = codec<LeadRequest>('LeadRequest', rpc.LeadRequest, (it) =>
  uuid('observerId', it.observerId),
);
export const leadReplyCodec = codec<LeadReply>('LeadReply', rpc.LeadReply, (it) => {
  for (const { scope } of it.pauses) word('pause.scope', scope, PAUSE_SCOPES);
  for (const { rule } of it.drifts) word('drift.rule', rule, DRIFT_RULES);
});
export const admitRequestCodec = codec<AdmitRequest>('AdmitRequest', rpc.AdmitRequest, (it) => {
  uuid('hostId', it.hostId);
  if (!it.identity) throw new MalformedMessage('identity is missing');
});
export const admitReplyCodec = codec<AdmitReply>('AdmitReply', rpc.AdmitReply, () => {});
export const leasesRequestCodec = codec<LeasesRequest>('LeasesRequest', rpc.LeasesRequest, (it) => {
  for (const { vmId, poolId } of it.leases) {
    uuid('vmId', vmId);
    uuid('poolId', poolId);
  }
});
export const leasesReplyCodec = codec<LeasesReply>('LeasesReply', rpc.LeasesReply, (it) => {
  for (const { vmId, state } of it.sights) {
    uuid('vmId', vmId);
    word('lease.state', state, LEASE_SIGHTS);
  }
});
export const exitEventCodec = codec<ExitEvent>('ExitEvent', event.ExitEvent, checkExitEvent);
export const seedMarkerCodec = codec<SeedMarker>('SeedMarker', rpc.SeedMarker, () => {});
export const imageRequestCodec = codec<ImageRequest>('ImageRequest', rpc.ImageRequest, (it) =>
  uuid('hostId', it.hostId),
);
export const imageGrantCodec = codec<ImageGrant>('ImageGrant', rpc.ImageGrant, () => {});
export const planRequestCodec = codec<PlanRequest>('PlanRequest', rpc.PlanRequest, (it) =>
  checkDesiredVm(it.desired),
);
export const planReplyCodec = codec<PlanReply>('PlanReply', rpc.PlanReply, () => {});
export const desiredRequestCodec = codec<DesiredRequest>('DesiredRequest', rpc.DesiredRequest, (it) =>
  uuid('vmId', it.vmId),
);
export const desiredReplyCodec = codec<DesiredReply>('DesiredReply', rpc.DesiredReply, (it) => {
  if (it.desired) checkDesiredVm(it.desired);
});
export const consoleLogRequestCodec = codec<ConsoleLogRequest>(
  'ConsoleLogRequest',
  rpc.ConsoleLogRequest,
  (it) => uuid('vmId', it.vmId),
);
export const consoleLogReplyCodec = codec<ConsoleLogReply>('ConsoleLogReply', rpc.ConsoleLogReply, () => {});
export const diskFilesRequestCodec = codec<DiskFilesRequest>('DiskFilesRequest', rpc.DiskFilesRequest, (it) =>
  uuid('poolId', it.poolId),
);
export const diskFilesReplyCodec = codec<DiskFilesReply>('DiskFilesReply', rpc.DiskFilesReply, (it) => {
  for (const { diskId } of it.files) uuid('diskId', diskId);
});
export const guestRequestCodec = codec<GuestRequest>('GuestRequest', guest.GuestRequest, checkGuestRequest);
export const guestReplyCodec = codec<GuestReply>('GuestReply', guest.GuestReply, checkGuestReply);
export const consoleRequestCodec = codec<ConsoleRequest>(
  'ConsoleRequest',
  consoles.ConsoleRequest,
  checkConsoleRequest,
);
export const consoleReplyCodec = codec<ConsoleReply>('ConsoleReply', consoles.ConsoleReply, () => {});
export const streamFrameCodec = codec<StreamFrame>('StreamFrame', consoles.StreamFrame, checkStreamFrame);
