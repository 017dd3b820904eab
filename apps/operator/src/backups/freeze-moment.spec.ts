import { describe, expect, it } from '@jest/globals';
import { GuestAgentUnavailableError } from '#libs/qemu';
import type { LiveProcess } from '../runtime/live-process.js';
import { frozen } from './freeze-moment.js';

const WISH = { freeze: true, freezeRequired: false, freezeTimeoutMs: 1000 };

/** A guest whose agent does as told, or is not there, or is thawed by its own time limit too early. */
function guest(kind: 'able' | 'silent' | 'hasty') {
  const said: string[] = [];
  const freezes = {
    untilMs: 0,
    async freeze() {
      said.push('freeze');
      freezes.untilMs = kind === 'hasty' ? 0 : 1;
    },
    async thaw() {
      said.push('thaw');
      freezes.untilMs = 0;
    },
  };
  const agent = async () => {
    if (kind === 'silent') throw new GuestAgentUnavailableError('connect', 'nobody is there');
  };
  return { said, live: { guest: { agent, freezes } } as unknown as LiveProcess };
}

const start = (said: string[]) => async () => {
  said.push('start');
  return 7;
};

describe('the moment of a backup', () => {
  it('lies between freeze and thaw when the guest can', async () => {
    const { said, live } = guest('able');
    expect(await frozen(live, WISH, start(said))).toEqual({ consistency: 'frozen', atMs: 7 });
    expect(said).toEqual(['freeze', 'start', 'thaw']);
  });

  it('thaws the guest when the start fails', async () => {
    const { said, live } = guest('able');
    await expect(frozen(live, WISH, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(said).toEqual(['freeze', 'thaw']);
  });

  it('does without a freeze where nobody can or wants one', async () => {
    const silent = guest('silent');
    const crash = { consistency: 'crash-consistent', atMs: 7 };
    expect(await frozen(silent.live, WISH, start(silent.said))).toEqual(crash);
    const able = guest('able');
    expect(await frozen(able.live, { ...WISH, freeze: false }, start(able.said))).toEqual(crash);
    expect(able.said).toEqual(['start']);
    expect(await frozen(undefined, WISH, start([]))).toEqual({ consistency: 'off', atMs: 7 });
  });

  it('is none when the freeze is required and did not hold', async () => {
    const required = { ...WISH, freezeRequired: true };
    const silent = guest('silent');
    const refused = frozen(silent.live, required, start(silent.said));
    await expect(refused).rejects.toMatchObject({ code: 'guest_agent_unavailable' });
    expect(silent.said).toEqual([]);
    const hasty = guest('hasty');
    const late = frozen(hasty.live, required, start(hasty.said));
    await expect(late).rejects.toMatchObject({ code: 'guest_refused' });
    expect(hasty.said.at(-1)).toBe('thaw');
    const off = frozen(undefined, required, start([]));
    await expect(off).resolves.toMatchObject({ consistency: 'off' });
  });
});
