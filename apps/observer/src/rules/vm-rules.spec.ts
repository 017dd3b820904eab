import { describe, expect, it } from '@jest/globals';
import type { DriftRule } from '#libs/contracts';
import type { Drift } from '#libs/domain';
import { TIMERS } from '#libs/domain';
import { RESTART_WAITS_MS } from './restart-required-too-long.rule.js';
import { driftsOfVm } from './rules.js';
import { exitOf, factsOf, NOW, OTHER_HOST, type Scene, siteOf, VM } from './vm-facts.fixture.js';

const rules = (scene: Scene): DriftRule[] => driftsOfVm(factsOf(scene), NOW).map((it) => it.rule);
const find = (rule: DriftRule, scene: Scene): Drift | undefined =>
  driftsOfVm(factsOf(scene), NOW).find((it) => it.rule === rule);

const disk = { diskId: OTHER_HOST, bootOrder: 0, sizeBytes: 1, readOnly: false };
const nicWith = (address: string) => ({
  nicId: OTHER_HOST,
  mac: '52:54:00:00:00:01',
  kind: 'managed' as const,
  forwards: [],
  network: {
    networkId: OTHER_HOST,
    name: 'n',
    bridge: 'b',
    vlan: 0,
    cidrV4: '',
    gatewayV4: '',
    cidrV6: '',
    gatewayV6: '',
    dns: [],
    mtu: 0,
    domain: '',
    dhcp: true,
    nat: true,
    antiSpoofing: true,
    addresses: [{ address, prefix: 24, source: 'dhcp' }],
  },
});
const agentWith = (address: string) => ({
  state: 'connected' as const,
  reason: '',
  sinceMs: 0,
  interfaces: [
    { name: 'eth0', mac: '52:54:00:00:00:01', addresses: [{ address, family: 'ipv4', prefix: 24 }] },
  ],
  osName: '',
  hostName: '',
  frozenUntilMs: 0,
});
const crash: Scene['seen'] = { state: 'crashed', pid: 0, repairedExitSeq: 3, lastExit: exitOf() };
const off = { want: { power: 'stopped' as const } };
const orphan = { pid: 77, vmId: VM, reason: 'copy' as const };
const newer = siteOf({ generation: 9 }, { acceptedGeneration: 9, observedGeneration: 9 }, OTHER_HOST);
const twin = siteOf({}, {}, OTHER_HOST);

describe('the rules of a VM', () => {
  it('find nothing in one that runs as it was last asked for', () => {
    expect(driftsOfVm(factsOf(), NOW)).toEqual([]);
  });

  it('judge the time of the next try by the clock of the host', () => {
    const hour = 3_600_000;
    const exit = exitOf({ atMs: NOW + hour - 1_000 });
    const seen = { ...crash, lastExit: exit, nextRestartAtMs: NOW + hour + 500 };
    const host = { skewMs: hour, skewedBeats: 1 };
    expect(find('crashed', { seen, host })?.decision).toMatchObject({ kind: 'wait', untilMs: NOW + 500 });
    const due = { ...seen, nextRestartAtMs: NOW + hour - 500 };
    expect(find('crashed', { seen: due, host })?.decision.kind).toBe('repair');
  });

  it.each<[DriftRule, string, Scene, string]>([
    ['crashed', 'its process was killed', { seen: crash }, 'restart'],
    ['should-not-run', 'it runs and is to be off', off, 'converge'],
    [
      'should-not-run',
      'somebody started it behind its host',
      { ...off, seen: { state: 'stopped', pid: 0 }, host: { orphans: [orphan] } },
      'converge',
    ],
    ['should-not-run', 'it was released and runs on', { want: { presence: 'released' } }, 'converge'],
    ['wrong-power-state', 'it stands still and is to turn', { seen: { state: 'paused' } }, 'converge'],
    ['wrong-power-state', 'it turns and is to stand still', { want: { power: 'paused' } }, 'converge'],
    [
      'generation-lag',
      'its host holds an older generation',
      { seen: { acceptedGeneration: 4, observedGeneration: 4 } },
      'tell-again',
    ],
    ['generation-lag', 'its host lists no such VM', { observed: null }, 'tell-again'],
    ['generation-lag', 'its host lists it no more', { beat: 3 }, 'tell-again'],
    [
      'stuck-operation',
      'a change is accepted and nothing moves',
      { seen: { observedGeneration: 4, state: 'starting' } },
      'converge',
    ],
    ['duplicate-vm', 'a newer one runs elsewhere', { elsewhere: [newer], desired: null }, 'stop-copy'],
    [
      'port-forward-mismatch',
      'it holds a forward that nobody wants',
      { seen: { heldForwards: { forwardIds: ['x'] } } },
      'converge',
    ],
  ])('%s: repair when %s', (rule, _when, scene, action) => {
    expect(find(rule, scene)?.decision).toMatchObject({ kind: 'repair', action });
  });

  it.each<[DriftRule, string, Scene]>([
    [
      'crashed',
      'the guest powered itself off',
      { seen: { ...crash, state: 'stopped', lastExit: exitOf({ reason: 'guest-shutdown' }) } },
    ],
    ['duplicate-vm', 'both hold the same generation', { elsewhere: [twin], desired: null }],
    [
      'missing-disk',
      'a disk has lost its file',
      { want: { disks: [disk] }, seen: { missingDisks: { diskIds: [disk.diskId] } } },
    ],
    [
      'image-missing',
      'its image cannot be read',
      { seen: { failure: { code: 'image_missing', message: '' } } },
    ],
    [
      'address-mismatch',
      'the guest uses another address',
      { want: { nics: [nicWith('10.0.0.5')] }, seen: { guestAgent: agentWith('10.0.0.6') } },
    ],
    [
      'restart-required-too-long',
      'a change waits for a day',
      { observed: { restartRequired: ['vcpus'], restartRequiredSinceMs: NOW - RESTART_WAITS_MS } },
    ],
  ])('%s: shown and left alone when %s', (rule, _when, scene) => {
    expect(find(rule, scene)?.decision.kind).toBe('leave');
  });

  it.each<[DriftRule, string, Scene]>([
    [
      'crashed',
      'the time of the next try is to come',
      { seen: { ...crash, state: 'crash-loop', nextRestartAtMs: NOW + 5_000 } },
    ],
    [
      'wrong-power-state',
      'its host may just be at it',
      { seen: { state: 'paused' }, observed: { sinceMs: NOW - 100 } },
    ],
  ])('%s: wait while %s', (rule, _when, scene) => {
    expect(find(rule, scene)?.decision.kind).toBe('wait');
  });

  it.each<[DriftRule, string, Scene]>([
    ['crashed', 'it is not to run', { ...off, seen: { ...crash, state: 'stopped' } }],
    ['crashed', 'it is to be deleted', { want: { presence: 'deleted' }, seen: crash }],
    ['crashed', 'it was not seen', { seen: { ...crash, state: 'unknown' } }],
    ['crashed', 'its host never saw an exit', { seen: { ...crash, lastExit: undefined } }],
    ['crashed', 'a repair answered this exit already', { seen: { ...crash, repairedExitSeq: 4 } }],
    ['crashed', 'a change is on its way', { want: { generation: 6 }, seen: crash }],
    ['crashed', 'a change is being carried out', { seen: { ...crash, observedGeneration: 4 } }],
    ['crashed', 'a start is on its way', { want: { startGeneration: 5 }, seen: crash }],
    ['should-not-run', 'the stop is being carried out', { ...off, seen: { observedGeneration: 4 } }],
    [
      'should-not-run',
      'the stop failed',
      { ...off, seen: { failure: { code: 'guest_refused', message: '' } } },
    ],
    ['wrong-power-state', 'its disk refuses', { seen: { state: 'paused', reason: 'io-error' } }],
    ['wrong-power-state', 'a change is on its way', { want: { generation: 6, power: 'paused' } }],
    [
      'generation-lag',
      'the change is young',
      { seen: { acceptedGeneration: 4 }, desired: { sinceMs: NOW - TIMERS.republish + 1 } },
    ],
    [
      'generation-lag',
      'the inventory of its host is not whole',
      { observed: null, host: { complete: false } },
    ],
    [
      'generation-lag',
      'it is gone as it is to be',
      { want: { presence: 'released', generation: 9 }, seen: { state: 'absent' } },
    ],
    [
      'stuck-operation',
      'it still has time',
      { seen: { observedGeneration: 4 }, observed: { sinceMs: NOW - 1_000 } },
    ],
    [
      'duplicate-vm',
      'the other one is older',
      { elsewhere: [siteOf({}, { acceptedGeneration: 4 }, OTHER_HOST)] },
    ],
    [
      'duplicate-vm',
      'the other one does not run',
      { elsewhere: [siteOf({}, { acceptedGeneration: 9, pid: 0, state: 'stopped' }, OTHER_HOST)] },
    ],
    ['port-forward-mismatch', 'its host does not tell', { seen: { heldForwards: undefined } }],
    [
      'address-mismatch',
      'the guest uses its own',
      { want: { nics: [nicWith('10.0.0.5')] }, seen: { guestAgent: agentWith('10.0.0.5') } },
    ],
    [
      'address-mismatch',
      'the guest has none yet',
      { want: { nics: [nicWith('10.0.0.5')] }, seen: { guestAgent: agentWith('fe80::1') } },
    ],
    ['missing-disk', 'nobody wants its content', { seen: { missingDisks: { diskIds: [disk.diskId] } } }],
    [
      'restart-required-too-long',
      'it waits since an hour',
      { observed: { restartRequired: ['vcpus'], restartRequiredSinceMs: NOW - 3_600_000 } },
    ],
  ])('%s: nothing when %s', (rule, _when, scene) => {
    expect(rules(scene)).not.toContain(rule);
  });

  it('names a crash by its exit, so that the next one is another', () => {
    expect(find('crashed', { seen: crash })).toEqual({
      rule: 'crashed',
      vmId: VM,
      hostId: expect.any(String),
      subject: 'exit-4',
      generation: 5,
      exitSeq: 4,
      expected: 'running',
      seen: 'crashed (killed, signal SIGKILL)',
      since: NOW - 1_000,
      decision: {
        kind: 'repair',
        action: 'restart',
        why: 'policy on-failure answers killed',
        sightings: 1,
        inGrace: 'acts',
      },
    });
  });

  it('act at once only on what a host told of an end; what ends something is seen twice', () => {
    const drifts = [
      find('should-not-run', off),
      find('duplicate-vm', { elsewhere: [newer], desired: null }),
    ].map((it) => it?.decision);
    for (const decision of drifts) expect(decision).toMatchObject({ sightings: 2, inGrace: 'rests' });
  });
});
