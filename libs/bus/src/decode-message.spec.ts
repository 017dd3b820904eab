import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { desiredVmCodec, heartbeatCodec, planRequestCodec, subjects } from '#libs/contracts';
import { desiredVm, heartbeat } from '#libs/testing';
import { decodeMessage } from './decode-message.js';

describe('a message off the bus', () => {
  const vm = desiredVm();
  const bytes = desiredVmCodec.encode(vm);

  it('is believed when it speaks for the host and VM of its subject', () => {
    expect(decodeMessage(subjects.desired(vm.hostId, vm.vmId), desiredVmCodec, bytes)).toEqual(vm);
  });

  it('is malformed when it speaks for another host', () => {
    const other = subjects.desired(randomUUID(), vm.vmId);
    expect(() => decodeMessage(other, desiredVmCodec, bytes)).toThrow(`names host ${vm.hostId}`);
    const beat = heartbeat();
    const beats = () =>
      decodeMessage(subjects.heartbeat(vm.hostId), heartbeatCodec, heartbeatCodec.encode(beat));
    expect(beats).toThrow(`names host ${beat.hostId}`);
  });

  it('is malformed when what it holds is for another host or VM', () => {
    const plan = planRequestCodec.encode({ desired: vm });
    const ask = () => decodeMessage(subjects.hostRpc(randomUUID(), 'plan'), planRequestCodec, plan);
    expect(ask).toThrow(`names host ${vm.hostId}`);
    const other = subjects.desired(vm.hostId, randomUUID());
    expect(() => decodeMessage(other, desiredVmCodec, bytes)).toThrow(`names VM ${vm.vmId}`);
  });

  it('is malformed when nothing is known to travel there', () => {
    expect(() => decodeMessage('vman.nothing', undefined, bytes)).toThrow('nothing is known');
  });
});
