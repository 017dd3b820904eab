import { describe, expect, it } from '@jest/globals';
import { errors, type Msg } from '@nats-io/transport-node';
import { VmanError } from '#libs/errors';
import { errorOfRequest, errorReplyHeaders, throwErrorReply } from './error-reply.js';
import { PacketDeserializer, PacketSerializer } from './packets.js';

const reply = (error: unknown) => ({ headers: errorReplyHeaders(error) }) as Msg;

describe('a refusal that travels back', () => {
  it('keeps code and message of a VmanError, on one line', () => {
    const thrown = () => throwErrorReply(reply(new VmanError('image_missing', 'gone\nfor good')));
    expect(thrown).toThrow(expect.objectContaining({ code: 'image_missing', message: 'gone for good' }));
  });

  it('tells nothing of any other error', () => {
    for (const error of [new Error('/secret/path'), undefined, 'text', { code: 'ENOENT', message: 'x' }]) {
      expect(() => throwErrorReply(reply(error))).toThrow(
        expect.objectContaining({ code: 'internal', message: 'the request failed' }),
      );
    }
  });

  it('is not seen where there is none', () => {
    expect(() => throwErrorReply({} as Msg)).not.toThrow();
  });

  it('becomes NoReply or BusUnavailable when nothing came back', () => {
    const nobody = new errors.NoRespondersError('s');
    expect(errorOfRequest(nobody, 's')).toMatchObject({ reason: 'nobody-listens' });
    expect(errorOfRequest(new errors.RequestError('', { cause: nobody }), 's')).toMatchObject({
      reason: 'nobody-listens',
      code: 'host_unreachable',
    });
    expect(errorOfRequest(new errors.ClosedConnectionError(), 's')).toMatchObject({ reason: 'closed' });
    expect(errorOfRequest(new Error('socket'), 's')).toMatchObject({ reason: 'disconnected' });
  });
});

describe('packets', () => {
  it('that only say that the reply is over are not sent', () => {
    const serializer = new PacketSerializer(() => undefined);
    expect(serializer.serialize({})).toBeUndefined();
  });

  it('for which no message is known are an error on both ways', () => {
    const answer = new PacketSerializer(() => undefined).serialize({ response: {} }, { subject: 's' });
    expect(answer?.headers.get('Vman-Error-Code')).toBe('internal');
    const raw = { subject: 's', data: new Uint8Array() } as Msg;
    expect(() => new PacketDeserializer(() => undefined).deserialize(raw)).toThrow('nothing is known');
  });

  it('have an id only when somebody waits for the reply', () => {
    const codec = { name: 'x', encode: () => new Uint8Array(), decode: () => 'body' };
    const deserializer = new PacketDeserializer(() => codec);
    const raw = { subject: 's', data: new Uint8Array() } as Msg;
    expect(deserializer.deserialize(raw)).toEqual({ pattern: 's', data: 'body' });
    const asked = { ...raw, reply: 'inbox' } as Msg;
    expect(deserializer.deserialize(asked, { channel: 's.*' })).toEqual({
      pattern: 's.*',
      data: 'body',
      id: 'inbox',
    });
  });
});
