import { ApiError, type VmanClient } from '#libs/client';
import { UsageError } from '../errors.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The API knows snapshots by id; people name them by their VM: `web-1/before-upgrade`. */
export async function snapshotId(client: VmanClient, text: string): Promise<string> {
  if (UUID.test(text)) return text;
  const [vmName, name, more] = text.split('/');
  if (!vmName || !name || more !== undefined) {
    throw new UsageError(`${text} names no snapshot.`, 'Name it VM/SNAPSHOT, or by its id.');
  }
  const vm = await client.vms.get(vmName);
  const { items } = await client.snapshots.list({ vm: vm.id, name });
  if (items[0]) return items[0].id;
  const hint = `See \`vman snapshot list --vm ${vmName}\`.`;
  throw new ApiError(404, { code: 'not_found', detail: `${vmName} has no snapshot ${name}.`, hint });
}
