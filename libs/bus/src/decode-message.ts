/**
 * Bytes off the bus to a message that may be believed: it decodes, its fields mean something (the codec), and it
 * speaks for the host and VM of the subject it came on. Who may publish on a subject is the server's business; that
 * a body says the same is checked here and nowhere else.
 */
import { type Codec, hostOfSubject, lastTokenOfSubject, MalformedMessage } from '#libs/contracts';
import { kindOfSubject } from './hooks.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws MalformedMessage. */
export function decodeMessage<T>(subject: string, codec: Codec<T> | undefined, bytes: Uint8Array): T {
  if (!codec) throw new MalformedMessage(`nothing is known to travel on ${subject}`);
  const message = codec.decode(bytes);
  checkSpeaker(subject, message);
  return message;
}

function checkSpeaker(subject: string, message: unknown): void {
  const host = hostOfSubject(subject);
  if (!UUID.test(host)) return;
  const body = message as { hostId?: string; vmId?: string; desired?: { hostId?: string } };
  const named = body.hostId ?? body.desired?.hostId;
  if (named !== undefined && named !== host) {
    throw new MalformedMessage(`a message on ${subject} names host ${named}`);
  }
  const isDesired = kindOfSubject(subject) === 'desired';
  if (isDesired && body.vmId !== undefined && body.vmId !== lastTokenOfSubject(subject)) {
    throw new MalformedMessage(`a message on ${subject} names VM ${body.vmId}`);
  }
}
