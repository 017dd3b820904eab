import type { SettingsOf } from '../../test/e2e/stack/stack.js';
import { TcpProxy } from '../proxy/tcp-proxy.js';

/** A fault proxy on every connection between a service and the bus or the database. */
export class Wires {
  private constructor(
    readonly intelBus: TcpProxy,
    readonly intelDatabase: TcpProxy,
    readonly observerBus: TcpProxy,
    /** By the name of the host. */
    readonly hostBus: ReadonlyMap<string, TcpProxy>,
    readonly settings: SettingsOf,
  ) {}

  static async between(
    { natsUrl, databaseUrl }: { natsUrl: string; databaseUrl: string },
    hosts: number,
  ): Promise<Wires> {
    const names = Array.from({ length: hosts }, (_, index) => `host-${index + 1}`);
    const toBus = () => TcpProxy.start(targetOf(natsUrl));
    const hostBus = new Map<string, TcpProxy>();
    for (const name of names) hostBus.set(name, await toBus());
    const [intelBus, observerBus] = [await toBus(), await toBus()];
    const intelDatabase = await TcpProxy.start(targetOf(databaseUrl));
    return new Wires(intelBus, intelDatabase, observerBus, hostBus, (service) => {
      const bus = { intel: intelBus, observer: observerBus }[service] ?? hostBus.get(service);
      if (!bus) throw new Error(`there is no wire to ${service}`);
      return {
        VMAN_NATS_URL: through(natsUrl, bus),
        ...(service === 'intel' ? { VMAN_DATABASE_URL: through(databaseUrl, intelDatabase) } : {}),
      };
    });
  }

  get toBus(): TcpProxy[] {
    return [this.intelBus, this.observerBus, ...this.hostBus.values()];
  }

  get all(): TcpProxy[] {
    return [...this.toBus, this.intelDatabase];
  }

  heal(): void {
    for (const wire of this.all) wire.heal();
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((wire) => wire.stop()));
  }
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

function through(url: string, wire: TcpProxy): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(wire.port);
  return changed.href.replace(/\/$/, '');
}
