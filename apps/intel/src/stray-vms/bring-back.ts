/** What a VM rests on and a database that was restored from a backup may lack. */
import { v7 as uuidv7 } from 'uuid';
import type { DesiredVm, ImageRef } from '#libs/contracts';
import { freeRanges, parseIp } from '#libs/domain';
import { takeAddress } from '../addresses/index.js';
import type { NetworkEntity, TemplateEntity, Tx } from '../db-operator/index.js';
import { networkPools } from '../networks/index.js';
import { adoptedNetwork } from './adopted-rows.js';

/** The names that they are given tell what they are. */
const nameOf = (kind: string, id: string) => `adopted-${kind}-${id.slice(-12)}`;

/** The images below its disks: without them a host would let go of what a disk still needs. */
export async function bringBackTemplates(
  tx: Tx,
  desired: DesiredVm,
  has: (digest: string) => Promise<boolean>,
): Promise<void> {
  const images = new Map(desired.disks.flatMap(({ image }) => (image ? [[image.templateId, image]] : [])));
  for (const image of images.values()) {
    if (!(await tx.templates.get(image.templateId))) await tx.templates.insert(await templateOf(image, has));
  }
}

async function templateOf(
  { templateId, digest, format, fileBytes, virtualBytes }: ImageRef,
  has: (digest: string) => Promise<boolean>,
): Promise<Partial<TemplateEntity>> {
  const there = await has(digest);
  return {
    id: templateId,
    name: nameOf('template', templateId),
    project: '',
    format,
    state: there ? 'ready' : 'failed',
    sourceType: 'upload',
    sourcePath: '',
    digest,
    fileBytes,
    virtualBytes,
    ...(!there && { errorCode: 'image_missing', errorMessage: 'The image store does not hold this image.' }),
  };
}

/** The networks of its NICs, held until the transaction ends, by id. */
export async function bringBackNetworks(tx: Tx, { nics }: DesiredVm): Promise<Map<string, NetworkEntity>> {
  const found = new Map<string, NetworkEntity>();
  for (const { network, kind } of nics) {
    if (!network || found.has(network.networkId)) continue;
    const id = network.networkId;
    if (!(await tx.networks.get(id))) {
      const row = { ...adoptedNetwork(network, kind), createdAt: new Date(), updatedAt: new Date() };
      const taken = await tx.networks.byName(undefined, row.name);
      await tx.networks.insert(
        { ...row, name: taken ? nameOf('network', id) : row.name },
        networkPools(row).flatMap(freeRanges),
      );
    }
    await tx.networks.hold(id);
    const there = await tx.networks.get(id);
    if (there) found.set(id, there);
  }
  return found;
}

/** Its guest has them; one that rests since is its own again. Throws address_in_use. */
export async function bringBackAddresses(
  tx: Tx,
  { vmId, nics }: DesiredVm,
  project: string,
  networks: ReadonlyMap<string, NetworkEntity>,
): Promise<void> {
  const connected = nics.flatMap(({ nicId, network }) => {
    const row = network && networks.get(network.networkId);
    return row ? [{ nicId, network: row, addresses: network.addresses }] : [];
  });
  connected.sort((a, b) => a.network.id.localeCompare(b.network.id));
  for (const { nicId, network, addresses } of connected) {
    for (const { address, source } of addresses) {
      const family = parseIp(address)?.family;
      if (family === undefined) continue;
      const taker = { id: uuidv7(), networkId: network.id, project, family, vmId, nicId, note: '' };
      await takeAddress(tx, network, { ...taker, source: source === 'dhcp' ? 'dhcp' : 'static' }, address, 0);
    }
  }
}
