import { describe, expect, it } from '@jest/globals';
import { TIMERS } from '../timers.js';
import { judgeIdentity, type KnownIdentity } from './judge-identity.js';

const told = { machineId: 'machine', incarnation: 'folder', bootId: 'boot-1' };
const known = (fields: Partial<KnownIdentity> = {}): KnownIdentity => ({ ...told, silentMs: 0, ...fields });
const refused = (reason: string, lasting = true) => ({
  kind: 'refused',
  lasting,
  reason: expect.stringContaining(reason),
});

describe('who calls itself by the id of a host', () => {
  it('is it when it is the first, or the same as ever', () => {
    const first = known({ machineId: null, incarnation: null, silentMs: undefined });
    expect(judgeIdentity(first, told)).toEqual({ kind: 'admitted', isNew: true });
    expect(judgeIdentity(known(), told)).toEqual({ kind: 'admitted', isNew: false });
  });

  it('is refused as another machine, or with another state folder', () => {
    expect(judgeIdentity(known({ machineId: 'other' }), told)).toEqual(refused('another machine'));
    expect(judgeIdentity(known({ incarnation: 'other' }), told)).toEqual(refused('installed anew'));
  });

  it('is not told from another by what one of them cannot say of its machine', () => {
    const same = { kind: 'admitted', isNew: false };
    expect(judgeIdentity(known({ machineId: null }), told)).toEqual(same);
    expect(judgeIdentity(known(), { ...told, machineId: '' })).toEqual(same);
  });

  it('is refused while its twin of another boot is heard, and let in once that one is silent', () => {
    const twin = { bootId: 'boot-0' };
    expect(judgeIdentity(known(twin), told)).toEqual(refused('just now', false));
    const silentMs = TIMERS.hostSuspect;
    expect(judgeIdentity(known({ ...twin, silentMs }), told)).toMatchObject({ kind: 'admitted' });
    const never = known({ ...twin, silentMs: undefined });
    expect(judgeIdentity(never, told)).toEqual({ kind: 'admitted', isNew: false });
  });
});
