import { describe, expect, it } from '@jest/globals';
import { describeStatus, type ExitWitnesses, exitReason } from './exit-reason.js';

const watched: ExitWitnesses = { requested: false, otherBoot: false };

describe('the reason of an end', () => {
  it.each<[string, Partial<ExitWitnesses>, string]>([
    [
      'QEMU says that the guest shut down',
      { shutdown: { guest: true, reason: 'guest-shutdown' } },
      'guest-shutdown',
    ],
    [
      'QEMU says that the guest rebooted',
      { shutdown: { guest: true, reason: 'guest-reset' } },
      'guest-reset',
    ],
    [
      'QEMU says that the guest panicked',
      { shutdown: { guest: true, reason: 'guest-panic' } },
      'guest-panic',
    ],
    ['QEMU got a signal', { shutdown: { guest: false, reason: 'host-signal' } }, 'killed'],
    ['somebody else told it to quit', { shutdown: { guest: false, reason: 'host-qmp-quit' } }, 'killed'],
    ['we ended it', { requested: true, shutdown: { guest: false, reason: 'host-qmp-quit' } }, 'requested'],
    [
      'the kernel killed it for memory',
      { outOfMemory: true, status: { code: null, signal: 'SIGKILL' } },
      'out-of-memory',
    ],
    ['our child was killed', { status: { code: null, signal: 'SIGKILL' } }, 'killed'],
    ['our child broke down', { status: { code: null, signal: 'SIGSEGV' } }, 'crash'],
    ['our child gave up', { status: { code: 1, signal: null } }, 'crash'],
    ['it is gone and nobody knows more', {}, 'crash'],
    ['its lease was not renewed', { fenced: true, status: { code: null, signal: 'SIGKILL' } }, 'fenced'],
    ['the host was started again', { otherBoot: true, requested: true }, 'host-reboot'],
    ['it cleared up while nobody watched', { unwatched: { clearedUp: true, log: '' } }, 'guest-shutdown'],
    [
      'it was told to end while nobody watched',
      { unwatched: { clearedUp: true, log: 'terminating on signal 15 from pid 1' } },
      'killed',
    ],
    ['it left its files behind while nobody watched', { unwatched: { clearedUp: false, log: '' } }, 'crash'],
  ])('when %s', (_, witnesses, reason) => {
    expect(exitReason({ ...watched, ...witnesses })).toBe(reason);
  });

  it('comes with what was seen of the process', () => {
    expect(describeStatus({ code: 1, signal: null })).toBe('code 1');
    expect(describeStatus({ code: null, signal: 'SIGKILL' })).toBe('signal SIGKILL');
    expect(describeStatus(undefined)).toBe('');
  });
});
