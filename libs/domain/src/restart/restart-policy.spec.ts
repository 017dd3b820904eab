import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXIT_REASONS, type LastExit, type RestartPolicy } from '#libs/contracts';
import {
  DEFAULT_RESTART,
  decideRestart,
  isCrash,
  isCrashLoop,
  isRestarted,
  MAX_BACKOFF_MS,
  nextRestartAt,
  restartJitter,
  restartsAfterExit,
} from './restart-policy.js';

type RestartPolicyName = RestartPolicy['policy'];
const policy = DEFAULT_RESTART;
const exit: LastExit = { exitSeq: 1, reason: 'killed', atMs: 1_000, startGeneration: 1, status: '' };

describe('the restart policy', () => {
  it('answers each end by its policy', () => {
    const answered = (name: RestartPolicyName) =>
      EXIT_REASONS.filter((reason) => isRestarted({ ...policy, policy: name }, reason)).sort();
    const crashes = [
      'crash',
      'fenced',
      'guest-panic',
      'guest-reset',
      'host-reboot',
      'killed',
      'out-of-memory',
    ];
    expect(answered('never')).toEqual([]);
    expect(answered('on-failure')).toEqual(crashes);
    // the own power-off of a guest is an end that was wanted, unless the policy is always
    expect(answered('always')).toEqual([...crashes, 'guest-shutdown'].sort());
    expect(EXIT_REASONS.filter(isCrash).sort()).toEqual(crashes);
  });

  it('restarts at once the first time, then waits longer each time, and never more than the limit', () => {
    expect(nextRestartAt(policy, 1_000, 0, 0)).toBe(1_000);
    expect(nextRestartAt(policy, 1_000, 1, 0)).toBe(2_000);
    expect(nextRestartAt(policy, 1_000, 2, 0)).toBe(3_000);
    expect(nextRestartAt(policy, 1_000, 99, 0)).toBe(1_000 + MAX_BACKOFF_MS);
    fc.assert(
      fc.property(fc.nat(50), fc.double({ min: 0, max: 0.999, noNaN: true }), (restarts, jitter) => {
        const wait = nextRestartAt(policy, 0, restarts, jitter);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(MAX_BACKOFF_MS);
        expect(nextRestartAt(policy, 0, restarts + 1, jitter)).toBeGreaterThanOrEqual(wait);
      }),
    );
  });

  it('takes at most a fifth off a wait, so that not all come back at once', () => {
    expect(nextRestartAt(policy, 0, 1, 0.5)).toBe(900);
    expect(nextRestartAt(policy, 0, 4, 0.5)).toBe(7_200);
    expect(nextRestartAt(policy, 0, 99, 0.5)).toBe(MAX_BACKOFF_MS * 0.9);
  });

  it('waits the longest in a crash loop, however soon that begins', () => {
    expect(nextRestartAt({ ...policy, maxRetries: 2 }, 0, 2, 0)).toBe(MAX_BACKOFF_MS);
    expect(nextRestartAt({ ...policy, maxRetries: 0 }, 0, 0, 0)).toBe(MAX_BACKOFF_MS);
  });

  it('says why', () => {
    expect(decideRestart(policy, exit, 5_000, 4_999).why).toBe('back-off after earlier restarts');
    expect(decideRestart(policy, exit, 5_000, 5_000).why).toBe('policy on-failure answers killed');
    const never = decideRestart({ ...policy, policy: 'never' }, exit, 0, 5_000);
    expect(never.why).toBe('policy never does not answer killed');
  });

  it('is in a crash loop past its budget, and a healthy run clears the count', () => {
    expect(isCrashLoop(policy, policy.maxRetries - 1)).toBe(false);
    expect(isCrashLoop(policy, policy.maxRetries)).toBe(true);
    expect(restartsAfterExit(policy, 4, policy.windowSeconds * 1000)).toBe(0);
    expect(restartsAfterExit(policy, 4, policy.windowSeconds * 1000 - 1)).toBe(4);
  });

  it('waits for the time of the next try, then restarts', () => {
    expect(decideRestart(policy, exit, 5_000, 4_999)).toMatchObject({ kind: 'wait', untilMs: 5_000 });
    expect(decideRestart(policy, exit, 5_000, 5_000)).toMatchObject({ kind: 'restart' });
    expect(decideRestart({ ...policy, policy: 'never' }, exit, 0, 5_000)).toMatchObject({ kind: 'leave' });
  });

  it('waits for no time that the clock was set back from', () => {
    const exit = { exitSeq: 1, reason: 'crash', atMs: 3_600_000, startGeneration: 1, status: '' } as const;
    const decide = (nowMs: number) => decideRestart(policy, exit, 3_900_000, nowMs).kind;
    expect(decide(3_600_000 - 5_000)).toBe('wait');
    expect(decide(3_600_000 - 5_001)).toBe('restart');
    expect(decide(3_600_000 - 4_000)).toBe('wait');
    expect(decide(3_600_000 - 6_000)).toBe('restart');
  });

  it('draws the same jitter for the same exit', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(), (vmId, exitSeq) => {
        const jitter = restartJitter(vmId, exitSeq);
        expect(jitter).toBe(restartJitter(vmId, exitSeq));
        expect(jitter).toBeGreaterThanOrEqual(0);
        expect(jitter).toBeLessThan(1);
        expect(restartJitter(vmId, exitSeq + 1)).not.toBe(jitter);
        expect(restartJitter(`${vmId}0`, exitSeq)).not.toBe(jitter);
      }),
    );
  });
});
