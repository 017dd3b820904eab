/** Which message travels on which subject: the one table that lets a Nest handler be declared by its subject alone. */
import {
  admitReplyCodec,
  admitRequestCodec,
  beaconCodec,
  type Codec,
  commandCodec,
  commandEventCodec,
  consoleLogReplyCodec,
  consoleLogRequestCodec,
  consoleReplyCodec,
  consoleRequestCodec,
  desiredReplyCodec,
  desiredRequestCodec,
  desiredVmCodec,
  diskFilesReplyCodec,
  diskFilesRequestCodec,
  driftEventCodec,
  type EventKind,
  exitEventCodec,
  guestReplyCodec,
  guestRequestCodec,
  heartbeatCodec,
  hostOfSubject,
  imageGrantCodec,
  imageRequestCodec,
  lastTokenOfSubject,
  leadReplyCodec,
  leadRequestCodec,
  leasesReplyCodec,
  leasesRequestCodec,
  planReplyCodec,
  planRequestCodec,
  repairEventCodec,
  seedMarkerCodec,
  streamFrameCodec,
  subjects,
  vmEventCodec,
} from '#libs/contracts';

/** Finds the codec of a subject; undefined when nothing VMAN knows travels there. */
export type SubjectCodec = (subject: string) => Codec<unknown> | undefined;

const EVENT_CODECS: Record<EventKind, Codec<never>> = {
  vm: vmEventCodec as Codec<never>,
  command: commandEventCodec as Codec<never>,
  repair: repairEventCodec as Codec<never>,
  exit: exitEventCodec as Codec<never>,
  drift: driftEventCodec as Codec<never>,
};

const RPC_CODECS = {
  image: { request: imageRequestCodec, reply: imageGrantCodec },
  lead: { request: leadRequestCodec, reply: leadReplyCodec },
  admit: { request: admitRequestCodec, reply: admitReplyCodec },
  leases: { request: leasesRequestCodec, reply: leasesReplyCodec },
  desired: { request: desiredRequestCodec, reply: desiredReplyCodec },
  plan: { request: planRequestCodec, reply: planReplyCodec },
  guest: { request: guestRequestCodec, reply: guestReplyCodec },
  console: { request: consoleRequestCodec, reply: consoleReplyCodec },
  'disk-files': { request: diskFilesRequestCodec, reply: diskFilesReplyCodec },
  'console-log': { request: consoleLogRequestCodec, reply: consoleLogReplyCodec },
} as const;

function own<T>(table: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

export const codecOfSubject: SubjectCodec = (subject) => {
  const last = lastTokenOfSubject(subject);
  switch (subject.split('.', 2).join('.')) {
    case 'vman.desired':
      return (last === subjects.seedToken ? seedMarkerCodec : desiredVmCodec) as Codec<unknown>;
    case 'vman.cmd':
      return commandCodec as Codec<unknown>;
    case 'vman.evt':
      return own(EVENT_CODECS, last) as Codec<unknown> | undefined;
    case 'vman.hb':
      return heartbeatCodec as Codec<unknown>;
    case 'vman.beacon':
      return beaconCodec as Codec<unknown>;
    case 'vman.stream':
      return streamFrameCodec as Codec<unknown>;
    case 'vman.rpc':
      return own(RPC_CODECS, last)?.request as Codec<unknown> | undefined;
    default:
      return undefined;
  }
};

export const replyCodecOfSubject: SubjectCodec = (subject) =>
  subject.startsWith('vman.rpc.') && hostOfSubject(subject) !== ''
    ? (own(RPC_CODECS, lastTokenOfSubject(subject))?.reply as Codec<unknown> | undefined)
    : undefined;
