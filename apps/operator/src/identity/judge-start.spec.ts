import { describe, expect, it } from '@jest/globals';
import { judgeStart } from './judge-start.js';

const now = { machineId: 'machine', incarnation: 'folder', bootId: 'boot' };

describe('a host that starts', () => {
  it('goes on as what it was let in as', () => {
    expect(judgeStart({ isNew: false, admitted: now }, now)).toBe('go-on');
  });

  it('takes nothing before it is let in when it is new', () => {
    expect(judgeStart({ isNew: true, admitted: null }, now)).toBe('hold-nothing');
  });

  it('asks first after a reboot', () => {
    expect(judgeStart({ isNew: false, admitted: { ...now, bootId: 'before' } }, now)).toBe('ask-first');
  });

  it('starts nothing as a copy, on another machine, or once it was sent away', () => {
    expect(judgeStart({ isNew: false, admitted: { ...now, incarnation: 'other' } }, now)).toBe('stand-by');
    expect(judgeStart({ isNew: false, admitted: { ...now, machineId: 'other' } }, now)).toBe('stand-by');
    expect(judgeStart({ isNew: false, admitted: null }, now)).toBe('stand-by');
  });
});
