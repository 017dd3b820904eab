/**
 * The one client of the agent in a guest, for as long as its QEMU lives.
 *
 * QEMU tells by VSERPORT_CHANGE when somebody in the guest opens or closes the agent's port, and by `query-chardev`
 * how it stands when the monitor is connected; nothing is polled to find that out. An open port is asked for a sign
 * of life and for its facts, soon again while the guest has no address yet or is in its first boot, then every half
 * minute, and after a program was run in it. An agent that holds the port open and stays silent is tried ever more seldom. A paused guest is not asked:
 * it cannot answer.
 *
 * Assumes that every port of ours has an id, which VMAN's arguments always give. While the monitor hangs, what is
 * known of the port is kept.
 */
import type { Clock, Timer } from '#libs/clock';
import type { GuestAgent, GuestInterface } from '#libs/contracts';
import {
  GUEST_AGENT_CHARDEV,
  GUEST_AGENT_PORT,
  GuestAgentClient,
  GuestAgentError,
  GuestAgentUnavailableError,
  type QmpClient,
} from '#libs/qemu';
import type { FirstBoot } from './first-boot.js';
import type { FreezeKeeper } from './freeze-keeper.js';
import { hasAddress, reportedInterfaces } from './guest-facts.js';

/** A guest under load or in emulation needs seconds for an answer. */
const CALL_MS = 10_000;
const REFRESH_MS = 30_000;
const SOON_MS = 1_000;

export interface GuestKeeperOptions {
  /** Of the agent's channel. */
  socket: string;
  clock: Clock;
  /** Whether the guest's CPUs run. */
  isRunning: () => boolean;
  /** Hears each time that the agent answers; whether there is nothing to wait for soon. */
  firstBoot: Pick<FirstBoot, 'settled'>;
  onChange: () => void;
}

type Known = Pick<GuestAgent, 'state' | 'reason' | 'sinceMs'>;

export class GuestKeeper {
  private known: Known | undefined;
  private facts: Pick<GuestAgent, 'interfaces' | 'osName' | 'hostName'> = NO_FACTS;
  private portOpen: boolean | undefined;
  private channel: Promise<GuestAgentClient> | undefined;
  private looking = false;
  private quietLooks = 0;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(
    private readonly options: GuestKeeperOptions,
    readonly freezes: FreezeKeeper,
  ) {}

  /** As it is reported; undefined while nothing is known. */
  get row(): GuestAgent | undefined {
    return this.known && { ...this.known, ...this.facts, frozenUntilMs: this.freezes.untilMs };
  }

  /** The guest has not begun: nobody in it has the port open, and this monitor will tell when somebody does. */
  begin(qmp: QmpClient): void {
    this.listen(qmp);
    this.portIs(false);
  }

  /** From now on hears what this monitor tells of the port; how it stands is asked. */
  async attach(qmp: QmpClient): Promise<void> {
    let heard = false;
    this.listen(qmp, () => {
      heard = true;
    });
    const ask = async (): Promise<void> => {
      try {
        const chardevs = await qmp.execute('query-chardev');
        const agent = chardevs.find(({ label }) => label === GUEST_AGENT_CHARDEV);
        if (!heard) this.portIs(agent?.['frontend-open'] ?? false);
      } catch {
        // A monitor that is gone is followed by another one, which is asked; one that was slow is asked again.
        if (qmp.isOpen && !this.stopped) this.options.clock.setTimeout(() => void ask(), SOON_MS);
      }
    };
    await ask();
  }

  private listen(qmp: QmpClient, onHeard = () => {}): void {
    qmp.on('VSERPORT_CHANGE', ({ id, open }) => {
      if (id !== GUEST_AGENT_PORT) return;
      onHeard();
      this.portIs(open);
    });
  }

  /** The agent, once it gave a sign of life. Throws GuestAgentUnavailableError, GuestAgentError. */
  async agent(timeoutMs: number): Promise<GuestAgentClient> {
    if (this.portOpen === false) {
      throw new GuestAgentUnavailableError('connect', 'nobody in the guest has its port open');
    }
    if (!this.options.isRunning()) throw new GuestAgentUnavailableError('connect', 'the guest is halted');
    const client = await this.open();
    if (this.known?.state !== 'connected') await client.ping(timeoutMs);
    return client;
  }

  /** The channel, whether or not an agent answers on it. QEMU serves one: a second connection would never be answered. */
  open(): Promise<GuestAgentClient> {
    this.channel = this.openAfter(this.channel);
    return this.channel;
  }

  private async openAfter(before: Promise<GuestAgentClient> | undefined): Promise<GuestAgentClient> {
    const client = await before?.catch(() => undefined);
    if (client?.isOpen) return client;
    if (this.stopped) throw new GuestAgentUnavailableError('connect', 'the guest is gone');
    return GuestAgentClient.connect(this.options.socket, { timeoutMs: CALL_MS });
  }

  /** Something was done in the guest: its facts may be others now. */
  lookSoon(): void {
    if (!this.idle) this.lookIn(SOON_MS);
  }

  /** Leaves the channel; the guest goes on. */
  leave(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.freezes.stop();
    this.channel?.then((client) => client.close()).catch(() => {});
  }

  /** There is nothing to look for. */
  private get idle(): boolean {
    return this.stopped || this.portOpen === false;
  }

  private portIs(open: boolean): void {
    this.portOpen = open;
    this.quietLooks = 0;
    if (open) {
      this.lookIn(0);
      return;
    }
    this.timer?.cancel();
    this.facts = NO_FACTS;
    this.become('disconnected', 'closed');
  }

  private lookIn(ms: number): void {
    this.timer?.cancel();
    if (this.stopped) return;
    this.timer = this.options.clock.setTimeout(() => void this.look(), ms);
  }

  private async look(): Promise<void> {
    if (this.looking || this.idle) return;
    if (!this.options.isRunning()) return this.lookIn(SOON_MS);
    this.looking = true;
    try {
      const client = await this.open();
      await client.ping();
      if (this.idle) return;
      this.become('connected', '');
      if (this.freezes.untilMs === 0) await this.learn(client);
      const settled = await this.options.firstBoot.settled(client);
      this.lookIn(settled && hasAddress(this.facts.interfaces) ? REFRESH_MS : this.pause());
    } catch {
      if (this.idle) return;
      this.become('disconnected', 'silent');
      this.lookIn(this.pause());
    } finally {
      this.looking = false;
    }
  }

  private async learn(client: GuestAgentClient): Promise<void> {
    const [interfaces, os, hostName] = [
      await unlessRefused(client.networkInterfaces()),
      await unlessRefused(client.osInfo()),
      await unlessRefused(client.hostName()),
    ];
    this.facts = {
      interfaces: interfaces ? reportedInterfaces(interfaces) : ([] as GuestInterface[]),
      osName: os?.prettyName ?? os?.id ?? '',
      hostName: hostName ?? '',
    };
    this.options.onChange();
  }

  private become(state: Known['state'], reason: string): void {
    if (this.known?.state === state && this.known.reason === reason) return;
    const sinceMs = this.known?.state === state ? this.known.sinceMs : this.options.clock.now();
    this.known = { state, reason, sinceMs };
    this.options.onChange();
  }

  private pause(): number {
    this.quietLooks += 1;
    return Math.min(SOON_MS * 2 ** (this.quietLooks - 1), REFRESH_MS);
  }
}

const NO_FACTS = { interfaces: [], osName: '', hostName: '' };

/** What the agent may have been told not to answer is left out. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GuestAgentError) return undefined;
    throw error;
  }
}
