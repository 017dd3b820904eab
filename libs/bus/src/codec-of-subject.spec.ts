import { describe, expect, it } from '@jest/globals';
import { COMMAND_KINDS, EVENT_KINDS, HOST_METHODS, INTEL_METHODS, subjects } from '#libs/contracts';
import { codecOfSubject, replyCodecOfSubject } from './codec-of-subject.js';

describe('the message of a subject', () => {
  const name = (subject: string) => codecOfSubject(subject)?.name;

  it('is known for every subject of the contracts', () => {
    expect(name(subjects.desired('h', 'v'))).toBe('DesiredVm');
    expect(name(subjects.desired('h', subjects.seedToken))).toBe('SeedMarker');
    expect(name(subjects.heartbeat('h'))).toBe('Heartbeat');
    expect(name(subjects.beacon)).toBe('Beacon');
    expect(name(subjects.streamIn('h', 's'))).toBe('StreamFrame');
    expect(name(subjects.streamOut('h', 's'))).toBe('StreamFrame');
    for (const kind of COMMAND_KINDS) expect(name(subjects.command('h', kind))).toBe('Command');
    for (const kind of EVENT_KINDS) expect(name(subjects.event('h', kind))).toBeDefined();
    for (const method of INTEL_METHODS) {
      expect(name(subjects.intelRpc(method))).toBeDefined();
      expect(replyCodecOfSubject(subjects.intelRpc(method))?.name).toBeDefined();
    }
    for (const method of HOST_METHODS) {
      expect(name(subjects.hostRpc('h', method))).toBeDefined();
      expect(replyCodecOfSubject(subjects.hostRpc('h', method))?.name).toBeDefined();
    }
  });

  it('is not guessed elsewhere', () => {
    expect(name('foreign.subject')).toBeUndefined();
    expect(name('vman.evt.h.toString')).toBeUndefined();
    expect(name('vman.rpc.h.constructor')).toBeUndefined();
    expect(replyCodecOfSubject('vman.evt.h.vm')).toBeUndefined();
  });
});
