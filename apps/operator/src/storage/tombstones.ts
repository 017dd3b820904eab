import { join } from 'node:path';
import type { Clock } from '#libs/clock';
import { readJson, removeDurably, writeJson } from './json-file.js';
import { listFolder } from './paths.js';
import type { Tombstone } from './vm-records.js';

const KEPT_MS = 30 * 24 * 3_600_000;

/** VMs that left this host, by id. */
export class Tombstones {
  private readonly known = new Map<string, Tombstone>();

  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {}

  /** Reads what is there and drops what is older than 30 days. */
  async load(): Promise<void> {
    for (const name of await listFolder(this.folder)) {
      if (!name.endsWith('.json')) continue;
      const tombstone = await readJson<Tombstone>(join(this.folder, name));
      if (!tombstone) continue;
      if (tombstone.atMs + KEPT_MS < this.clock.now()) await removeDurably(join(this.folder, name));
      else this.known.set(name.slice(0, -'.json'.length), tombstone);
    }
  }

  get(vmId: string): Tombstone | undefined {
    return this.known.get(vmId);
  }

  entries(): IterableIterator<[string, Tombstone]> {
    return this.known.entries();
  }

  async put(vmId: string, tombstone: Tombstone): Promise<void> {
    await writeJson(join(this.folder, `${vmId}.json`), tombstone);
    this.known.set(vmId, tombstone);
  }

  /** Forgets a tombstone, since a later generation brought the VM back. */
  async remove(vmId: string): Promise<void> {
    if (!this.known.delete(vmId)) return;
    await removeDurably(join(this.folder, `${vmId}.json`));
  }
}
