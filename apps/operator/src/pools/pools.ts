/**
 * Where disks lie on this host. A pool is looked at with each heartbeat and again before something is made in it. One
 * that does not answer (a dead NFS server blocks its caller in the kernel) is asked once and waited for by nobody:
 * until it answers it is unavailable, and everything in the other pools goes on.
 *
 * Callers know a pool by its id and get paths; another kind of pool would answer here with something else than a
 * path in a folder.
 */
import { join } from 'node:path';
import type { Clock } from '#libs/clock';
import type { PoolDeclaration } from '#libs/config';
import type { PoolReport } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import type { Logger } from '#libs/logging';
import { readJson, writeJson } from '../storage/json-file.js';
import type { StoragePaths } from '../storage/paths.js';
import { lookAtPool, type PoolSight } from './look-at-pool.js';
import { disksFolder } from './pool-marker.js';

const ANSWER_MS = 1_500;
const SILENT = 'its storage does not answer';

interface Pool extends PoolSight {
  declared: PoolDeclaration;
  looking?: Promise<void>;
}

export class Pools {
  private holderOf: (diskId: string) => string | undefined = () => undefined;

  private constructor(
    private readonly options: { paths: StoragePaths; hostId: string; clock: Clock; logger: Logger },
    private readonly pools: Pool[],
    /** Which pool was seen under which name; durable. */
    private known: Record<string, string>,
  ) {}

  static async open(options: {
    paths: StoragePaths;
    hostId: string;
    clock: Clock;
    logger: Logger;
  }): Promise<Pools> {
    const known = (await readJson<Record<string, string>>(options.paths.knownPools)) ?? {};
    const list = options.paths.pools.map((declared) => ({
      declared,
      poolId: known[declared.name] ?? '',
      capacityBytes: 0,
      freeBytes: 0,
      reason: 'it was not looked at yet',
    }));
    const pools = new Pools(options, list, known);
    await pools.look();
    return pools;
  }

  /** The file of a disk; `poolId` undefined is the host's own pool. Throws VmanError `pool_unavailable`. */
  diskPath(poolId: string | undefined, diskId: string): string {
    return join(this.disksOf(poolId), `${diskId}.qcow2`);
  }

  /** The name under which this host makes the file of a disk; what a kill leaves of it is removed at the next start. */
  unfinishedDiskPath(poolId: string | undefined, diskId: string): string {
    return join(this.disksOf(poolId), `${diskId}${this.unfinishedEnd}`);
  }

  /** How names of unfinished files of this host end: other hosts that share a pool have theirs. */
  get unfinishedEnd(): string {
    return `.${this.options.hostId}.new`;
  }

  /** The folder of a pool, for what is no disk. Throws VmanError `pool_unavailable`. */
  folder(poolId: string | undefined): string {
    const pool = this.find(poolId);
    if (pool.reason) throw unavailable(pool);
    return pool.declared.folder;
  }

  /** The same of pools that are this host's alone: what lies there is nobody else's. */
  get ownDisksFolders(): { poolId: string; folder: string }[] {
    return this.pools
      .filter((it) => !it.reason && it.declared.kind === 'dir')
      .map((it) => ({ poolId: it.poolId, folder: disksFolder(it.declared.folder) }));
  }

  /** Folders of pools that other hosts have too, of those that can be reached now. */
  get sharedFolders(): string[] {
    return this.pools
      .filter((it) => !it.reason && it.declared.kind === 'shared-dir')
      .map((it) => it.declared.folder);
  }

  /** Folders of all pools that can be reached now. */
  get folders(): string[] {
    return this.pools.filter((it) => !it.reason).map((it) => it.declared.folder);
  }

  /** Folders with disks that can be reached now. */
  get disksFolders(): string[] {
    return this.pools.filter((it) => !it.reason).map((it) => disksFolder(it.declared.folder));
  }

  /** Who says which VM of this host has a disk. */
  askHolders(holderOf: (diskId: string) => string | undefined): void {
    this.holderOf = holderOf;
  }

  /** Throws VmanError `resource_in_use`. */
  mustBeUnheld(diskId: string): void {
    const vmId = this.holderOf(diskId);
    if (vmId) throw new VmanError('resource_in_use', `The VM ${vmId} has the disk.`);
  }

  /** Looks at the pool once more before something is made in it. Throws VmanError `pool_unavailable`. */
  async mustBeThere(poolId: string | undefined): Promise<void> {
    const pool = this.find(poolId);
    await this.lookAt(pool);
    if (pool.reason) throw unavailable(pool);
  }

  /** Looks at all of them; returns within about a second and a half. */
  async look(): Promise<void> {
    await Promise.all(this.pools.map((pool) => this.lookAt(pool)));
  }

  /** Why pools cannot be used now, by their names. */
  get faults(): { name: string; reason: string }[] {
    return this.pools
      .filter((it) => it.reason !== '')
      .map(({ declared: { name }, reason }) => ({ name, reason }));
  }

  get reports(): PoolReport[] {
    return this.pools
      .filter((it) => it.poolId !== '')
      .map(({ declared: { name, kind }, poolId, capacityBytes, freeBytes, reason }) => ({
        poolId,
        name,
        kind,
        capacityBytes,
        freeBytes,
        available: reason === '',
        reason,
      }));
  }

  private disksOf(poolId: string | undefined): string {
    return disksFolder(this.folder(poolId));
  }

  private find(poolId: string | undefined): Pool {
    const pool = poolId === undefined ? this.pools[0] : this.pools.find((it) => it.poolId === poolId);
    if (!pool) throw new VmanError('pool_unavailable', `This host has no pool ${poolId}.`);
    return pool;
  }

  private async lookAt(pool: Pool): Promise<void> {
    pool.looking ??= this.examine(pool).finally(() => {
      pool.looking = undefined;
    });
    let silence = { cancel: () => {} };
    const late = new Promise<'late'>((resolve) => {
      silence = this.options.clock.setTimeout(() => resolve('late'), ANSWER_MS);
    });
    const answer = await Promise.race([pool.looking, late]);
    silence.cancel();
    if (answer === 'late') this.say(pool, { ...pool, reason: SILENT });
  }

  private async examine(pool: Pool): Promise<void> {
    const { name } = pool.declared;
    const sight = await lookAtPool(pool.declared, this.options.hostId, this.known[name]);
    if (sight.poolId && this.known[name] !== sight.poolId) {
      const known = { ...this.known, [name]: sight.poolId };
      // On a full storage the next look tries again.
      const saved = await writeJson(this.options.paths.knownPools, known).then(
        () => true,
        () => false,
      );
      if (saved) this.known = known;
    }
    this.say(pool, sight);
  }

  private say(pool: Pool, sight: PoolSight): void {
    const { logger } = this.options;
    const { name } = pool.declared;
    if (sight.reason !== pool.reason) {
      if (sight.reason) logger.warn({ pool: name, reason: sight.reason }, 'a pool cannot be used');
      else logger.info({ pool: name, poolId: sight.poolId }, 'a pool can be used');
    }
    Object.assign(pool, {
      poolId: sight.poolId,
      capacityBytes: sight.capacityBytes,
      freeBytes: sight.freeBytes,
      reason: sight.reason,
    });
  }
}

function unavailable({ declared, reason }: Pool): VmanError {
  return new VmanError('pool_unavailable', `The pool ${declared.name} cannot be used: ${reason}.`);
}
