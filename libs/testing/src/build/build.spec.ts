import { describe, expect, it } from '@jest/globals';
import { desiredVmCodec, heartbeatCodec, vmEventCodec } from '#libs/contracts';
import { desiredVm } from './desired-vm.js';
import { heartbeat } from './heartbeat.js';
import { vmReport } from './vm-report.js';

describe('built messages', () => {
  it('pass their own codec unchanged', () => {
    const vm = desiredVm({ name: 'x' });
    expect(desiredVmCodec.decode(desiredVmCodec.encode(vm))).toEqual(vm);
    const beat = heartbeat({ vms: [vmReport(), vmReport({ state: 'stopped', pid: 0 })] });
    expect(heartbeatCodec.decode(heartbeatCodec.encode(beat))).toEqual(beat);
    const event = { hostId: vm.hostId, report: vmReport(), atMs: 1, steps: [] };
    expect(vmEventCodec.decode(vmEventCodec.encode(event))).toEqual(event);
  });
});
