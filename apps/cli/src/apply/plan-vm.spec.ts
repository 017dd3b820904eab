import { describe, expect, it } from '@jest/globals';
import { aVm } from '../../../../test/fake-api/builders.js';
import { parseManifests } from './manifest.js';
import { planVm } from './plan-vm.js';

const present = aVm(1, 'hello');

describe('the plan for a VM', () => {
  it('that is not there is to create it as the file says', () => {
    expect(planVm({ name: 'new', vcpus: 2 }, undefined)).toEqual({
      kind: 'create',
      body: { name: 'new', vcpus: 2 },
    });
  });

  it('that is as the file says is nothing', () => {
    const whole = {
      name: 'hello',
      project: 'default',
      template: 'debian',
      vcpus: 1,
      memoryMiB: 512,
      machine: 'q35',
      firmware: 'bios',
      disks: [{ sizeGiB: 10 }],
      nics: [{ portForwards: [{ guestPort: 80 }] }],
      restart: { policy: 'on-failure' },
      desiredState: 'running',
      labels: { tier: 'web' },
      deletionProtection: false,
    } as const;
    expect(
      planVm({ ...whole, disks: [...whole.disks], nics: [{ portForwards: [{ guestPort: 80 }] }] }, present),
    ).toEqual({
      kind: 'same',
    });
    expect(planVm({ name: 'hello' }, present)).toEqual({ kind: 'same' });
    expect(planVm({ name: 'hello', template: present.spec.disks[0]!.templateId }, present)).toEqual({
      kind: 'same',
    });
  });

  it('patches only what differs', () => {
    const wanted = {
      name: 'hello',
      vcpus: 2,
      memoryMiB: 512,
      labels: { colour: 'blue' },
      restart: { policy: 'always' as const },
      deletionProtection: true,
    };
    expect(planVm(wanted, present)).toEqual({
      kind: 'change',
      power: undefined,
      patch: {
        vcpus: 2,
        labels: { colour: 'blue', tier: null },
        restart: { policy: 'always' },
        deletionProtection: true,
      },
      differences: [
        { field: 'vcpus', before: '1', after: '2', note: 'with the next start' },
        { field: 'deletionProtection', before: 'false', after: 'true' },
        { field: 'labels.colour', before: 'none', after: 'blue' },
        { field: 'labels.tier', before: 'web', after: 'none' },
        { field: 'restart.policy', before: 'on-failure', after: 'always' },
      ],
    });
  });

  it('gives the whole new list of port forwards', () => {
    const nics = [
      {
        portForwards: [
          { guestPort: 80, hostPort: 8080 },
          { guestPort: 53, protocol: 'udp' as const },
        ],
      },
    ];
    const plan = planVm({ name: 'hello', nics }, present);
    expect(plan).toMatchObject({ kind: 'change', patch: { nics } });
    expect(planVm({ name: 'hello', nics: [{}, {}] }, present)).toMatchObject({
      differences: [{ field: 'nics[0].portForwards', after: 'none' }, { field: 'nics' }],
    });
  });

  it('switches the power by the verb that does it', () => {
    const power = (desiredState: 'running' | 'stopped', now: 'running' | 'stopped' | 'paused') => {
      const vm = aVm(1, 'hello');
      vm.spec.desiredState = now;
      const plan = planVm({ name: 'hello', desiredState }, vm);
      return plan.kind === 'change' ? plan.power : plan.kind;
    };
    expect(power('stopped', 'running')).toBe('shutdown');
    expect(power('running', 'stopped')).toBe('start');
    expect(power('running', 'paused')).toBe('resume');
    expect(power('running', 'running')).toBe('same');
  });

  it('refuses what a VM keeps for life, all of it at once', () => {
    const wanted = {
      name: 'hello',
      template: 'alpine',
      machine: 'pc' as const,
      disks: [{ sizeGiB: 20, readOnly: true }],
    };
    const plan = planVm({ ...wanted, vcpus: 4 }, present);
    expect(plan).toMatchObject({ kind: 'impossible' });
    expect(plan.kind === 'impossible' && plan.differences.map(({ field }) => field)).toEqual([
      'template',
      'disks[0].sizeGiB',
      'disks[0].readOnly',
      'machine',
    ]);
    expect(planVm({ name: 'hello', disks: [] }, present)).toMatchObject({
      differences: [{ field: 'disks', before: '1 disks', after: '0 disks' }],
    });
  });
});

describe('a file', () => {
  it('may hold several VMs', async () => {
    const found = await parseManifests('name: a\n---\nkind: vm\nname: b\nvcpus: 2\n', 'x.yaml');
    expect(found).toEqual([
      { source: 'x.yaml, document 1', folder: '.', kind: 'vm', name: 'a', fields: { name: 'a' } },
      { source: 'x.yaml, document 2', folder: '.', kind: 'vm', name: 'b', fields: { name: 'b', vcpus: 2 } },
    ]);
  });

  it.each([
    ['a: [', /not valid YAML/],
    ['- a', /must hold fields/],
    ['kind: token\nname: a', /kind token is not known/],
    ['vcpus: 1', /a vm needs name/],
    ['name: a\nmemory: 3\ncpu: 1', /not a field of a vm: memory, cpu/],
    ['', /holds nothing/],
  ])('%p is refused', async (text, message) => {
    await expect(parseManifests(text, 'x.yaml')).rejects.toThrow(message);
  });
});
