import { describe, expect, it } from '@jest/globals';
import { History } from './history.js';
import { ACTIONS, afterAccepted, type VmModel } from './model.js';

const vm: VmModel = {
  id: 'v',
  name: 'n',
  presence: 'present',
  desiredState: 'stopped',
  labels: { a: 'b' },
  uncertain: false,
};

describe('what accepted changes amount to', () => {
  it('follows each action', () => {
    const after = Object.fromEntries(ACTIONS.map((action) => [action, afterAccepted(vm, action, '7')]));
    expect(after).toEqual({
      start: { ...vm, desiredState: 'running' },
      resume: { ...vm, desiredState: 'running' },
      reboot: { ...vm, desiredState: 'running' },
      stop: vm,
      pause: { ...vm, desiredState: 'paused' },
      reset: vm,
      patch: { ...vm, labels: { a: 'b', step: '7' } },
      delete: { ...vm, presence: 'deleted' },
    });
  });
});

describe('the history', () => {
  it('is one line an entry and counts outcomes', () => {
    const history = new History();
    history.note('worker-0', 'POST /v1/vms', '{}', 'ok');
    history.note('fault', 'A1 begins');
    expect(history.count('ok')).toBe(1);
    expect(history.count('unknown')).toBe(0);
    expect(history.text()).toMatch(/^ +\d+ worker-0 +ok +POST \/v1\/vms \{\}\n +\d+ fault +A1 begins$/);
  });
});
