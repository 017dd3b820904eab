import { EventEmitter } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { QmpClient } from '#libs/qemu';
import { silentLogger, VirtualClock, waitFor } from '#libs/testing';
import { FreezeKeeper } from './freeze-keeper.js';
import { GuestKeeper } from './guest-keeper.js';
import { type AgentCommand, healthy, ScriptedAgent } from './scripted-agent.fixture.js';

const silent = ({ execute }: AgentCommand) => (execute === 'guest-sync-delimited' ? {} : undefined);

describe('the keeper of a guest', () => {
  let folder: string;
  let agent: ScriptedAgent;
  let clock: VirtualClock;
  let keeper: GuestKeeper;
  let events: EventEmitter;
  let changes: number;
  let running: boolean;
  let firstBootOver: boolean;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-keeper-'));
    agent = await ScriptedAgent.listen(join(folder, 'agent.sock'), healthy);
    clock = new VirtualClock();
    running = true;
    firstBootOver = true;
    changes = 0;
    keeper = makeKeeper('launch-1');
  });
  afterEach(async () => {
    keeper.leave();
    await agent.stop();
    await rm(folder, { recursive: true });
  });

  function makeKeeper(launchId: string): GuestKeeper {
    const onChange = () => {
      changes += 1;
    };
    const freezes: FreezeKeeper = new FreezeKeeper({
      vmId: 'vm',
      launchId,
      path: join(folder, 'freeze.json'),
      clock,
      logger: silentLogger as never,
      open: () => made.open(),
      onChange,
    });
    const options = {
      socket: join(folder, 'agent.sock'),
      clock,
      firstBoot: { settled: async () => firstBootOver },
      isRunning: () => running,
      onChange,
    };
    const made = new GuestKeeper(options, freezes);
    return made;
  }

  async function attach(open: boolean): Promise<void> {
    events = new EventEmitter();
    await keeper.attach({
      on: (name: string, handler: (data: unknown) => void) => events.on(name, handler),
      execute: async () => [{ label: 'ga', 'frontend-open': open }],
    } as unknown as QmpClient);
  }
  const portIs = (open: boolean) => events.emit('VSERPORT_CHANGE', { id: 'ga0', open });
  const until = (what: string, check: () => boolean) =>
    waitFor(check, { timeoutMs: 5_000, everyMs: 5, what });
  async function connected(): Promise<void> {
    await clock.advance(0);
    await until('the facts are known', () => keeper.row?.hostName === 'web-1');
  }

  it('knows nothing before it heard of the port', () => {
    expect(keeper.row).toBeUndefined();
  });

  it('learns the facts of an agent that is there already, and again every half minute', async () => {
    await attach(true);
    await connected();
    expect(keeper.row).toMatchObject({
      state: 'connected',
      sinceMs: clock.now(),
      osName: 'Test OS 1',
      interfaces: [{ name: 'eth0', mac: '52:54:00:aa:00:01' }],
    });
    expect(agent.count('guest-ping')).toBe(1);
    await until('the next look is planned', () => clock.pending === 1);
    await clock.advance(29_000);
    expect(agent.count('guest-ping')).toBe(1);
    await clock.advance(1_000);
    await until('it looked again', () => agent.count('guest-ping') === 2);
  });

  it('looks again soon once something was done in the guest', async () => {
    await attach(true);
    await connected();
    await until('the next look is planned', () => clock.pending === 1);
    keeper.lookSoon();
    await clock.advance(1_000);
    await until('it looked again', () => agent.count('guest-ping') === 2);
    await until('the look after that is planned', () => clock.pending === 1);
    portIs(false);
    keeper.lookSoon();
    expect(clock.pending).toBe(0);
  });

  it('looks again soon while the guest is in its first boot', async () => {
    firstBootOver = false;
    await attach(true);
    await connected();
    await until('the next look is planned', () => clock.pending === 1);
    firstBootOver = true;
    await clock.advance(1_000);
    await until('it looked again', () => agent.count('guest-ping') === 2);
  });

  it('follows the events of the port, and forgets the facts of one that closed', async () => {
    await attach(false);
    expect(keeper.row).toMatchObject({ state: 'disconnected', reason: 'closed' });
    events.emit('VSERPORT_CHANGE', { id: 'another', open: true });
    await clock.advance(60_000);
    expect(agent.commands).toEqual([]);
    portIs(true);
    await connected();
    portIs(false);
    expect(keeper.row).toMatchObject({
      state: 'disconnected',
      reason: 'closed',
      interfaces: [],
      hostName: '',
    });
    await expect(keeper.agent(1_000)).rejects.toThrow(/nobody in the guest/);
  });

  it('says so of an agent that holds its port open and refuses, and tries ever more seldom', async () => {
    agent.script(({ execute }) =>
      execute === 'guest-ping' ? { error: { class: 'x', desc: 'no' } } : undefined,
    );
    await attach(true);
    await clock.advance(0);
    await until('it is silent', () => keeper.row?.reason === 'silent');
    await until('the next look is planned', () => clock.pending === 1);
    await clock.advance(999);
    expect(agent.count('guest-ping')).toBe(1);
    agent.script(healthy);
    await clock.advance(1);
    await until('it is connected', () => keeper.row?.state === 'connected');
  });

  it('does not ask a halted guest', async () => {
    running = false;
    await attach(true);
    await clock.advance(5_000);
    expect(agent.commands).toEqual([]);
    await expect(keeper.agent(1_000)).rejects.toThrow(/halted/);
  });

  it('opens one channel, however many ask for it at once', async () => {
    const [one, other] = await Promise.all([keeper.open(), keeper.open()]);
    expect(other).toBe(one);
    await Promise.all([one?.ping(), other?.ping()]);
    expect(agent.connections).toBe(1);
  });

  it('asks a monitor that was too slow for the state of the port again', async () => {
    let asked = 0;
    await keeper.attach({
      on: () => undefined,
      isOpen: true,
      execute: async () => {
        asked += 1;
        if (asked === 1) throw new Error('no answer in time');
        return [{ label: 'ga', 'frontend-open': true }];
      },
    } as unknown as QmpClient);
    expect(keeper.row).toBeUndefined();
    await clock.advance(1_000);
    await connected();
    expect(asked).toBe(2);
  });

  it('asks before it is used for a sign of life when there was none yet', async () => {
    agent.script(silent);
    await expect(keeper.agent(100)).rejects.toThrow(/no answer within 100 ms/);
    agent.script(healthy);
    await (await keeper.agent(1_000)).ping();
  });

  describe('and its freezes', () => {
    it('end at their time, and the record of them with it', async () => {
      await attach(true);
      await connected();
      const frozen = await keeper.freezes.freeze(60_000, 1_000);
      expect(frozen).toEqual({ fileSystems: 2, thawsAtMs: clock.now() + 60_000 });
      expect(keeper.row?.frozenUntilMs).toBe(frozen.thawsAtMs);
      await expect(keeper.freezes.freeze(60_000, 1_000)).rejects.toMatchObject({ code: 'invalid_state' });
      expect(await readdir(folder)).toContain('freeze.json');
      await clock.advance(59_999);
      expect(agent.count('guest-fsfreeze-thaw')).toBe(0);
      await clock.advance(1);
      await until('it is thawed', () => keeper.row?.frozenUntilMs === 0);
      expect(await readdir(folder)).not.toContain('freeze.json');
      expect(changes).toBeGreaterThan(2);
    });

    it('are ended by the next operator at the same time, and tried until the guest confirms', async () => {
      await keeper.freezes.freeze(60_000, 1_000);
      keeper.leave();
      await clock.advance(20_000);
      agent.script(({ execute }) =>
        execute === 'guest-fsfreeze-thaw' ? { error: { class: 'GenericError', desc: 'busy' } } : undefined,
      );
      keeper = makeKeeper('launch-1');
      await keeper.freezes.resume();
      expect(keeper.freezes.untilMs).toBeGreaterThan(clock.now());
      await clock.advance(40_000);
      await until('it tried', () => agent.count('guest-fsfreeze-thaw') === 1 && clock.pending === 1);
      expect(keeper.freezes.untilMs).toBeGreaterThan(0);
      agent.script(healthy);
      await clock.advance(500);
      await until('it is thawed', () => keeper.freezes.untilMs === 0);
    });

    it('do not last longer when the clock of the host was set back meanwhile', async () => {
      await keeper.freezes.freeze(60_000, 1_000);
      keeper.leave();
      clock.jumpWall(-3_600_000);
      keeper = makeKeeper('launch-1');
      await keeper.freezes.resume();
      await clock.advance(600_000);
      await until('it is thawed', () => keeper.freezes.untilMs === 0);
    });

    it('are void with the process they were of', async () => {
      await keeper.freezes.freeze(60_000, 1_000);
      keeper.leave();
      keeper = makeKeeper('launch-2');
      await keeper.freezes.resume();
      expect(keeper.freezes.untilMs).toBe(0);
      expect(await readdir(folder)).not.toContain('freeze.json');
      await keeper.freezes.resume();
    });

    it('that the guest refuses are thawed at once, also by an agent that forbids both', async () => {
      const forbidden = { error: { class: 'CommandNotFound', desc: 'disabled' } };
      agent.script(({ execute }) => (execute.startsWith('guest-fsfreeze') ? forbidden : undefined));
      await expect(keeper.freezes.freeze(60_000, 1_000)).rejects.toThrow(/disabled/);
      await clock.advance(0);
      await until('it is thawed', () => keeper.freezes.untilMs === 0);
      expect(clock.pending).toBe(0);
    });
  });
});
