import { describe, expect, it } from '@jest/globals';
import { aHost, aVm } from '../../../../test/fake-api/builders.js';
import { clockFinding, healthFindings, versionFinding } from './check-api.js';
import { hostFindings, vmFindings } from './check-fleet.js';
import { checkThisHost } from './check-this-host.js';
import type { Finding } from './finding.js';
import { findingsText } from './findings-text.js';

const health = { ok: true, details: {}, roundTripMs: 10 };

describe('the doctor', () => {
  it('says which part of the API is ill', () => {
    const found = healthFindings({
      ...health,
      ok: false,
      details: {
        database: { status: 'up', message: 'answers' },
        bus: { status: 'down', message: 'away' },
        storage: { status: 'degraded', message: 'nearly full' },
      },
    });
    expect(found.map(({ about, status }) => [about, status])).toEqual([
      ['database', 'ok'],
      ['bus', 'fault'],
      ['storage', 'warning'],
    ]);
    expect(healthFindings({ ...health, ok: false })).toMatchObject([{ status: 'fault' }]);
  });

  it('notices clocks that differ, not the second that the answer is cut to', () => {
    expect(clockFinding({ ...health, serverTimeMs: 10_000 }, 11_500)).toMatchObject([{ status: 'ok' }]);
    expect(clockFinding({ ...health, serverTimeMs: 10_000 }, 30_000)).toMatchObject([
      { status: 'warning', message: 'this host and the API are 20.0 s apart' },
    ]);
    expect(clockFinding(health, 0)).toEqual([]);
  });

  it('compares versions', () => {
    expect(versionFinding('0.1.0')).toMatchObject([{ status: 'ok' }]);
    expect(versionFinding('0.2.0')).toMatchObject([{ status: 'warning' }]);
    expect(versionFinding(undefined)).toEqual([]);
  });

  it('has a cure for each trouble of a host', () => {
    expect(hostFindings([])).toMatchObject([
      { status: 'fault', cure: expect.stringMatching(/Start an operator/) },
    ]);
    expect(hostFindings([aHost(1, 'a')])).toMatchObject([{ status: 'ok' }]);
    const ill = hostFindings([
      aHost(2, 'b', {
        state: 'unknown',
        dryRun: true,
        accelerator: 'tcg',
        acceleratorReason: 'the probe failed',
        storageFreeBytes: 1,
        agentVersion: '0.0.9',
      }),
      aHost(3, 'c', { state: 'unknown', seenAt: undefined }),
    ]);
    expect(ill.map(({ status }) => status)).toEqual([
      'fault',
      'warning',
      'warning',
      'warning',
      'warning',
      'fault',
    ]);
    expect(ill.every(({ cure }) => cure)).toBe(true);
  });

  it('names the VMs that need somebody', () => {
    const vm = aVm(1, 'ill');
    vm.status.state = 'failed';
    vm.status.failure = { code: 'image_missing', message: 'The image is gone.', hint: 'Put it back.' };
    const lost = aVm(2, 'lost');
    lost.status.state = 'unknown';
    expect(vmFindings([vm, lost])).toMatchObject([
      { about: 'vm ill', message: 'is failed: The image is gone.', cure: 'Put it back.' },
      { about: 'vm lost', cure: 'Look at it: vman vm get lost' },
    ]);
    expect(vmFindings([])).toMatchObject([{ status: 'ok' }]);
  });

  it('only warns about this host, which need not run guests', async () => {
    const nothing = {
      qemu: 'no-such-qemu',
      qemuImg: 'no-such-img',
      kvm: '/no/kvm',
      clock: ['no-such-clock'],
    };
    const found = await checkThisHost({ ...nothing, storage: '/no/such/folder' });
    const statuses = (findings: readonly Finding[]) =>
      Object.fromEntries(findings.map(({ about, status }) => [about.replace('this host: ', ''), status]));
    const { storage: _, ...others } = statuses(found);
    expect(others).toEqual({ qemu: 'warning', 'qemu-img': 'warning', kvm: 'warning', clock: 'warning' });
    expect(found.every(({ status, cure }) => status === 'ok' || cure)).toBe(true);
    expect(found.find(({ about }) => about.endsWith('storage'))?.message).toMatch(
      /are free for \/no\/such\/folder/,
    );
    const node = process.execPath;
    const here = { qemu: node, qemuImg: node, kvm: '/dev/null', clock: ['echo', 'yes'], storage: '/' };
    const { storage: __, ...fine } = statuses(await checkThisHost(here));
    expect(fine).toEqual({ qemu: 'ok', 'qemu-img': 'ok', kvm: 'ok', clock: 'ok' });
    expect(statuses(await checkThisHost({ ...here, clock: ['echo', 'no'] })).clock).toBe('warning');
  });

  it('lines its findings up', () => {
    const text = findingsText(
      [
        { about: 'api', status: 'ok', message: 'well' },
        { about: 'hosts', status: 'fault', message: 'none', cure: 'Start one.' },
      ],
      false,
    );
    expect(text).toBe(
      [
        'ok       api    well',
        'fault    hosts  none',
        '                -> Start one.',
        '',
        '1 faults, 0 warnings, 1 ok',
        '',
      ].join('\n'),
    );
  });
});
