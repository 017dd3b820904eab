import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from '@jest/globals';
import { desiredVm, heartbeat, vmReport } from '#libs/testing';
import { type Codec, desiredVmCodec, heartbeatCodec, MalformedMessage, vmEventCodec } from './index.js';

/** What a version to come may add to any message. */
const NEW_FIELD = new BinaryWriter()
  .uint32((999 << 3) | 2)
  .string('of a later version')
  .finish();

const hostId = '01890a5d-ac96-774b-bcce-b302099a8057';
const vmId = '01890a5d-ac96-774b-bcce-b302099a8058';
const report = vmReport({ vmId });

describe('a message of the next version', () => {
  const withNewField = <T>(codec: Codec<T>, message: T) =>
    codec.decode(Buffer.concat([codec.encode(message), NEW_FIELD]));

  it('is understood, and what is new in it is passed over', () => {
    const beat = heartbeat({ hostId, vms: [report] });
    expect(withNewField(heartbeatCodec, beat)).toEqual(heartbeatCodec.decode(heartbeatCodec.encode(beat)));
    const desired = desiredVm({ hostId, vmId });
    expect(withNewField(desiredVmCodec, desired)).toEqual(
      desiredVmCodec.decode(desiredVmCodec.encode(desired)),
    );
    const event = { hostId, report, atMs: 1, steps: [] };
    expect(withNewField(vmEventCodec, event)).toEqual(event);
  });

  it('is no message of ours when it says a word that only that version knows', () => {
    const desired = { ...desiredVm({ hostId, vmId }), power: 'suspended-to-disk' as never };
    expect(() => desiredVmCodec.decode(desiredVmCodec.encode(desired))).toThrow(MalformedMessage);
  });
});
