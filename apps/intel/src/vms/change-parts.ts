import type { DiskPatch, NicPatch } from '#libs/contracts/http';
import { networkLack } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx, VmEntity, VmParts } from '../db-operator/index.js';
import type { IntelConfig } from '../intel.config.js';
import { takeRoom } from '../pools/index.js';
import { diffForwards } from './diff-forwards.js';
import { type NicNetworks, nicNetworks, takeAddresses, wantedNetworks } from './nic-networks.js';
import { namedDisks, placeDisks } from './place-disks.js';
import { planDiskChanges } from './plan-disk-changes.js';
import { planNicChanges } from './plan-nic-changes.js';
import { forwardOf } from './plan-parts.js';
import { refuseHeldDisks } from './refuse-held-disks.js';
import { takeForwards } from './take-forwards.js';

/** Writes a new list of disks. */
export async function changeDisks(tx: Tx, vm: VmEntity, parts: VmParts, wanted: DiskPatch[]): Promise<void> {
  const named = await namedDisks(tx, wanted);
  const changes = planDiskChanges(vm, parts, wanted, named);
  const { insert, grow, attach, detach, leave, free, take, update, storage } = changes;
  await refuseHeldDisks(tx, vm, [...leave, ...free]);
  const generation = vm.generation + 1;
  const poolIds = await placeDisks(tx, vm.hostId, storage);
  await tx.parts.insertDisks(insert.map((disk, index) => ({ ...disk, poolId: poolIds[index] ?? null })));
  for (const { id, sizeBytes } of grow) {
    const disk = parts.disks.find((it) => it.id === id);
    await takeRoom(tx, disk?.poolId, sizeBytes - (disk?.sizeBytes ?? 0));
    await tx.parts.growDisk(id, sizeBytes);
  }
  for (const { id, change } of [...take, ...update]) await tx.disks.change(id, change);
  await tx.parts.setPresence('disks', free, 'freeing', generation);
  await tx.parts.setPresence('disks', attach, 'attached', generation);
  await tx.parts.setPresence('disks', detach, 'detached', generation);
  await tx.parts.setPresence('disks', leave, 'leaving', generation);
}

/** Writes a new list of NICs with their port forwards. */
export async function changeNics(
  tx: Tx,
  vm: VmEntity,
  parts: VmParts,
  wanted: NicPatch[],
  config: Pick<IntelConfig, 'forwardAddress' | 'forwardPortRange' | 'addressRest'>,
): Promise<void> {
  const news = newNics(parts, wanted);
  const found = await nicNetworks(tx, vm.project, news);
  const networks = wanted.map((it) => found[news.indexOf(it)]);
  await refuseWhatTheHostLacks(tx, vm, found);
  const { insert, places, leave, forwards } = planNicChanges(vm, parts, wanted, networks);
  const generation = vm.generation + 1;
  const context = { vmId: vm.id, hostId: vm.hostId, forwardAddress: config.forwardAddress };
  await tx.parts.insertNics(insert);
  const takers = insert.map((nic, at) => {
    const place = places[at] ?? -1;
    return { nic, network: networks[place], asked: wanted[place]?.addresses ?? [] };
  });
  await takeAddresses(tx, vm, takers, config.addressRest / 1000);
  await tx.parts.setPresence('nics', leave, 'leaving', generation);
  for (const { nicId, wanted: list } of forwards) {
    const present = parts.forwards.filter((it) => it.nicId === nicId);
    const diff = diffForwards(present, list, config.forwardAddress);
    await tx.forwards.release(
      diff.release.map((it) => it.id),
      generation,
    );
    const take = diff.take.map(({ input, position }) => forwardOf(input, nicId, position, context));
    await takeForwards(tx, take, config.forwardPortRange);
  }
}

/** The entries that are no present NIC, by the same reading as planNicChanges. */
function newNics(parts: VmParts, wanted: NicPatch[]): NicPatch[] {
  if (wanted.some((it) => it.id != null)) return wanted.filter((it) => it.id == null);
  return wanted.slice(parts.nics.length);
}

async function refuseWhatTheHostLacks(tx: Tx, vm: VmEntity, networks: NicNetworks): Promise<void> {
  if (networks.every((it) => it === undefined)) return;
  const host = (await tx.hosts.get(vm.hostId))?.host;
  for (const network of wantedNetworks(networks)) {
    const lack = networkLack(network, host?.networkAbilities ?? undefined);
    if (lack) throw new VmanError('placement_failed', `Its host ${host?.name ?? vm.hostId} ${lack}.`);
  }
}
