import { describe, expect, it } from '@jest/globals';
import type { DriftRule } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import type { HostFacts } from '../view/facts.js';
import { isOlder } from './agent-too-old.rule.js';
import { driftsOfHost } from './rules.js';
import { HOST, hostFacts, NOW, siteOf, VM } from './vm-facts.fixture.js';

const drifts = (change: Partial<HostFacts>, silentMs = 0) =>
  driftsOfHost(hostFacts(change), { nowMs: NOW, silentMs, siteOf: () => undefined });
const orphan = { pid: 77, vmId: VM, reason: 'copy' as const };
const stray = { diskId: VM, poolId: '', fileBytes: 7 };

describe('the rules of a host', () => {
  it('find nothing in one that is heard and well', () => {
    expect(drifts({})).toEqual([]);
  });

  it.each<[DriftRule, string, Partial<HostFacts>, number]>([
    ['host-lost', 'it is not heard', {}, TIMERS.hostUnknown + 1],
    ['host-returned', 'it is heard again', { returnedAtMs: NOW - 1_000 }, 0],
    ['host-returned', 'it still looks at its VMs', { returnedAtMs: NOW - 60_000, complete: false }, 0],
    ['orphan-process', 'a process belongs to no VM', { orphans: [{ ...orphan, reason: 'no-vm' }] }, 0],
    ['orphan-disk', 'a file belongs to no VM', { strayDisks: [stray] }, 0],
    ['clock-skew', 'its clock is an hour off', { skewMs: 3_600_000, skewedBeats: 3 }, 0],
    ['agent-too-old', 'its agent is old', { agentVersion: '0.0.9' }, 0],
  ])('%s: shown when %s', (rule, _when, change, silentMs) => {
    const [drift, ...more] = drifts(change, silentMs);
    expect(drift).toMatchObject({ rule, hostId: HOST, vmId: '', decision: { kind: 'leave' } });
    expect(more).toEqual([]);
  });

  it.each<[DriftRule, string, Partial<HostFacts>]>([
    ['host-returned', 'all was compared', { returnedAtMs: NOW - 60_000 }],
    ['orphan-disk', 'the inventory is not whole', { strayDisks: [stray], complete: false }],
    ['clock-skew', 'one heartbeat was long on its way', { skewMs: -9_000, skewedBeats: 1 }],
    ['agent-too-old', 'its version is no version', { agentVersion: 'unknown' }],
  ])('%s: nothing when %s', (_rule, _when, change) => {
    expect(drifts(change)).toEqual([]);
  });

  it('leave the process of a VM that is to be off to its own rule', () => {
    const site = siteOf({ power: 'stopped' }, { state: 'stopped', pid: 0 });
    const facts = { nowMs: NOW, silentMs: 0, siteOf: () => site };
    expect(driftsOfHost(hostFacts({ orphans: [orphan] }), facts)).toEqual([]);
  });

  it.each([
    ['0.1.0', '0.1.0', false],
    ['0.0.9', '0.1.0', true],
    ['0.10.0', '0.9.9', false],
    ['1.0.0', '0.9.9', false],
    ['', '0.1.0', false],
  ])('version %s is older than %s: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });
});
