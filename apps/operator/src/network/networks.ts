/**
 * The networks of this host: what the steps of a plan and the housekeeping do to them. A NIC is written down before
 * anything is made for it and struck out after its tap is gone; a managed network is there as long as a NIC of this
 * host is in it. Work on one network is done one piece after the other, since VMs share it.
 */
import { type FileHandle, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '#libs/clock';
import { failpoint } from '#libs/config';
import type { DesiredVm } from '#libs/contracts';
import type { ActualVm } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Logger } from '#libs/logging';
import { openTap } from '#libs/qemu';
import { isAlive } from '../runtime/proc.js';
import type { NetworkAbility } from './abilities.js';
import { reloadDhcpServer, stopDhcpServers } from './dhcp-server.js';
import { readLinks } from './links.js';
import { lostNics } from './lost-nics.js';
import {
  ensureManagedNetwork,
  ensureServer,
  type NetworkPlace,
  removeManagedNetwork,
} from './managed-network.js';
import { NamedTurns } from './named-turns.js';
import { type BridgedNic, bridgedNics, bridgeOf, tapName } from './network-names.js';
import { NetworkRecords } from './network-records.js';
import { readFilter } from './read-filter.js';
import { dropForeignLeases, nameIn, reservationLine } from './reservation.js';
import { ensureTap, removeGuards, removeTap, tapMark } from './taps.js';

/** The turn of the table that all NICs of the host share. */
const GUARDS = 'guards';
/** Others restart firewalls and networks of the host; their VMs are not to be unguarded or cut off for long. */
const LOOK_FOR_LOSSES_MS = 5_000;

export interface NetworksOptions {
  hostId: string;
  folder: string;
  clock: Clock;
  logger: Logger;
  ability: NetworkAbility;
}

export class Networks {
  readonly records: NetworkRecords;
  private readonly turns = new NamedTurns();
  private tending = false;
  private lossesDueAt = 0;
  /** NICs of which something was taken away by others. */
  private readonly lost = new Set<string>();

  constructor(private readonly options: NetworksOptions) {
    this.records = new NetworkRecords(options.folder, (path) => {
      options.logger.error({ file: path }, 'a damaged record of a network was put aside');
    });
  }

  get ability(): NetworkAbility {
    return this.options.ability;
  }

  /** What this host holds of the NICs of a VM. */
  async readNics(vmId: string, desired: DesiredVm | undefined): Promise<NonNullable<ActualVm['wires']>> {
    const mine = [...this.records.nics.values()].filter((nic) => nic.vmId === vmId);
    if (mine.length === 0) return [];
    const links = await readLinks();
    const wanted = new Map(bridgedNics(desired ?? { nics: [] }).map((nic) => [nic.nicId, nic]));
    return Promise.all(
      mine.map(async ({ nicId }) => {
        const nic = wanted.get(nicId);
        const link = links.find((it) => it.name === tapName(nicId));
        const marked = nic !== undefined && link?.alias === tapMark(this.options.hostId, nic);
        const placed = marked && link?.master === bridgeOf(nic) && !this.lost.has(nicId);
        return { nicId, current: placed && (await this.isPromised(nic, desired)) };
      }),
    );
  }

  /** The DHCP server knows the NIC by its addresses and by the name that its VM has now. */
  private async isPromised(nic: BridgedNic, desired: DesiredVm | undefined): Promise<boolean> {
    if (nic.kind !== 'managed' || !desired) return true;
    const path = this.records.reservation(nic.network.networkId, nic.nicId);
    const told = await readFile(path, 'utf8').catch(() => undefined);
    return told === reservationLine(nic, nameIn(nic, desired));
  }

  /** Writes the NIC down, and makes its network when that is managed. Throws `network_unavailable`. */
  async ensureNetwork(vmId: string, nic: BridgedNic): Promise<void> {
    const reason = nic.kind === 'managed' ? this.ability.managedReason : this.ability.bridgedReason;
    if (reason)
      throw new VmanError('network_unavailable', `This host has no ${nic.kind} networks: ${reason}.`);
    const { network, nicId } = nic;
    const { networkId } = network;
    const before = this.records.nics.get(nicId);
    if (before && before.networkId !== networkId) await this.leaveNetwork(nicId, before.networkId);
    await this.turns.run(networkId, async () => {
      await this.records.putNic({ nicId, vmId, networkId });
      await failpoint('operator.network.nic-recorded');
      if (nic.kind === 'managed') await ensureManagedNetwork(this.place, network);
    });
  }

  /** Promises the NIC its addresses at the network's DHCP server. */
  async reserve(nic: BridgedNic, hostName: string): Promise<void> {
    const { networkId } = nic.network;
    await this.turns.run(networkId, async () => {
      const path = this.records.reservation(networkId, nic.nicId);
      const line = reservationLine(nic, hostName);
      const before = await readFile(path, 'utf8').catch(() => undefined);
      if (line === before) return;
      if (line === undefined) await rm(path, { force: true });
      else await replaceFile(path, line);
      await failpoint('operator.network.reserved');
      if (await this.freeLeases(nic)) return;
      // A new file is read at once; what was changed or deleted is not.
      if (before !== undefined) await this.reload(networkId);
    });
  }

  async ensureTap(nic: BridgedNic): Promise<void> {
    await this.turns.run(GUARDS, () => ensureTap(this.options, nic));
    this.lost.delete(nic.nicId);
  }

  /** For a QEMU to be given; undefined when another process has it open. Throws `network_unavailable`. */
  async openTap(nicId: string): Promise<FileHandle | undefined> {
    try {
      return await openTap(tapName(nicId));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EBUSY') return undefined;
      throw new VmanError('network_unavailable', (error as Error).message, { cause: error });
    }
  }

  /** Takes away all that was made for a NIC, and the network when it was the last in it. */
  async removeNic(nicId: string): Promise<void> {
    const record = this.records.nics.get(nicId);
    if (!record) return;
    await removeTap(this.options, nicId);
    await failpoint('operator.network.tap-removed');
    await this.leaveNetwork(nicId, record.networkId);
    await this.turns.run(GUARDS, async () => {
      if (this.records.nics.size === 0) await removeGuards(this.options);
    });
  }

  private async leaveNetwork(nicId: string, networkId: string): Promise<void> {
    await this.turns.run(networkId, async () => {
      const path = this.records.reservation(networkId, nicId);
      if ((await readFile(path, 'utf8').catch(() => undefined)) !== undefined) {
        await rm(path, { force: true });
        await this.reload(networkId);
      }
      await this.records.removeNic(nicId);
      this.lost.delete(nicId);
      await this.removeUnused(networkId);
    });
  }

  /**
   * VMs of which others took something away that can be made again: rules, a bridge, a place on it. Each loss is told
   * once: the VM's own retries see to it from then on.
   */
  async findLosses(vms: readonly Pick<DesiredVm, 'vmId' | 'nics'>[]): Promise<string[]> {
    const { clock, hostId } = this.options;
    if (this.records.nics.size === 0 || clock.monotonic() < this.lossesDueAt) return [];
    this.lossesDueAt = clock.monotonic() + LOOK_FOR_LOSSES_MS;
    const seen = { links: await readLinks(), filter: await readFilter(hostId) };
    const found = vms.filter(({ nics }) => {
      const own = bridgedNics({ nics }).filter(({ nicId }) => this.records.nics.has(nicId));
      const losses = lostNics(own, seen).filter(({ nicId }) => !this.lost.has(nicId));
      for (const { nicId } of losses) this.lost.add(nicId);
      return losses.length > 0;
    });
    return found.map(({ vmId }) => vmId);
  }

  /** Servers that died are started again; what belongs to no VM of this host any more is taken away. */
  async tend(isKnown: (vmId: string) => boolean): Promise<void> {
    if (this.tending) return;
    this.tending = true;
    await this.look(isKnown);
    this.tending = false;
  }

  private async look(isKnown: (vmId: string) => boolean): Promise<void> {
    for (const nic of [...this.records.nics.values()]) {
      if (!isKnown(nic.vmId))
        await this.quietly('a tap of no VM', nic.nicId, () => this.removeNic(nic.nicId));
    }
    for (const { networkId } of [...this.records.networks.values()].map((it) => it.network)) {
      await this.quietly('a network', networkId, () =>
        this.turns.run(networkId, async () => {
          await this.removeUnused(networkId);
          const record = this.records.networks.get(networkId);
          if (!record?.network.dhcp || (record.server && (await isAlive(record.server.identity)))) return;
          await ensureManagedNetwork(this.place, record.network);
          this.options.logger.warn({ networkId }, 'a DHCP server had ended and was started again');
        }),
      );
    }
  }

  private async removeUnused(networkId: string): Promise<void> {
    if (this.records.nicsIn(networkId).length > 0 || !this.records.networks.has(networkId)) return;
    await removeManagedNetwork(this.place, networkId);
  }

  /** True when the server held one of its addresses for somebody else, and was started again without. */
  private async freeLeases(nic: BridgedNic): Promise<boolean> {
    const { networkId } = nic.network;
    const path = this.records.leases(networkId);
    const leases = await readFile(path, 'utf8').catch(() => '');
    if (dropForeignLeases(leases, nic) === undefined) return false;
    await stopDhcpServers(path, this.options.clock);
    const left = dropForeignLeases(await readFile(path, 'utf8'), nic);
    if (left !== undefined) await replaceFile(path, left);
    const record = this.records.networks.get(networkId);
    if (record) await ensureServer(this.place, record.network);
    return true;
  }

  private async reload(networkId: string): Promise<void> {
    const { server } = this.records.networks.get(networkId) ?? {};
    if (server) await reloadDhcpServer(server.identity);
  }

  private async quietly(what: string, id: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error) => {
      this.options.logger.warn({ err: error, id }, `${what} could not be tended`);
    });
  }

  private get place(): NetworkPlace {
    const { hostId, clock } = this.options;
    return { hostId, clock, records: this.records };
  }
}

/** No reader sees half of it; the name in between is one that dnsmasq leaves alone. */
async function replaceFile(path: string, content: string): Promise<void> {
  const unfinished = join(dirname(path), `.${path.slice(path.lastIndexOf('/') + 1)}`);
  await writeFile(unfinished, content, { mode: 0o600 });
  await rename(unfinished, path);
}
