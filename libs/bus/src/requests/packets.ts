/** Between VMAN's wire and the packets that Nest's transports pass around. */
import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import type { Deserializer, IncomingEvent, IncomingRequest, Serializer } from '@nestjs/microservices';
import type { SubjectCodec } from '../codec-of-subject.js';
import { decodeMessage } from '../decode-message.js';
import { errorReplyHeaders } from './error-reply.js';

/** Throws MalformedMessage. */
export class PacketDeserializer implements Deserializer<Msg, IncomingRequest | IncomingEvent> {
  constructor(private readonly codecs: SubjectCodec) {}

  deserialize(raw: Msg, options: { channel?: string } = {}): IncomingRequest | IncomingEvent {
    const data = decodeMessage(raw.subject, this.codecs(raw.subject), raw.data);
    const packet = { pattern: options.channel ?? raw.subject, data };
    return raw.reply ? { ...packet, id: raw.reply } : packet;
  }
}

interface OutgoingReply {
  err?: unknown;
  response?: unknown;
}

export interface WireReply {
  data: Uint8Array;
  headers: MsgHdrs;
}

/** Gives undefined for the packet that only says that the reply is over. */
export class PacketSerializer implements Serializer<OutgoingReply, WireReply | undefined> {
  constructor(private readonly codecs: SubjectCodec) {}

  serialize(packet: OutgoingReply, options: { subject?: string } = {}): WireReply | undefined {
    if (packet.err !== undefined) return { data: new Uint8Array(), headers: errorReplyHeaders(packet.err) };
    if (packet.response === undefined) return undefined;
    const codec = this.codecs(options.subject ?? '');
    if (!codec) return { data: new Uint8Array(), headers: errorReplyHeaders(undefined) };
    return { data: codec.encode(packet.response), headers: headers() };
  }
}
