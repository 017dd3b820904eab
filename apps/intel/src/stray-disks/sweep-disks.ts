/**
 * Compares the files in the pools with the rows of disks, now and then, in one replica at a time. Hosts are asked for
 * what they have first, and the rows are read afterwards: a disk has its row before it has its file, and loses its file
 * before its row.
 */
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Bus } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import { type DiskFile, diskFilesReplyCodec, diskFilesRequestCodec, subjects } from '#libs/contracts';
import { isErrorCode, VmanError } from '#libs/errors';
import { Database, LOCKS, type SeenPool, type Tx } from '../db-operator/index.js';
import { systemActor } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { Sweep } from '../sweeping/index.js';
import { askHost } from './ask-host.js';
import { decideSweep, type SweepAction } from './decide-sweep.js';

const ANSWER_MS = 5_000;

@Injectable()
export class SweepDisks extends Sweep {
  constructor(
    @Inject(CLOCK) clock: Clock,
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
  ) {
    super({ clock, everyMs: config.diskSweepInterval, of: 'the disks' });
  }

  async sweep(): Promise<void> {
    await this.database.exclusively(LOCKS.diskSweep, async () => {
      for (const pool of await this.database.read((tx) => tx.pools.all())) {
        if (this.stopped) return;
        await this.sweepPool(pool);
      }
    });
  }

  private async sweepPool(seen: SeenPool): Promise<void> {
    const poolId = seen.pool.id;
    const hosts = seen.hosts.filter((it) => it.available);
    const asked = await Promise.allSettled(hosts.map((it) => this.filesOf(it.hostId, poolId)));
    const answers = asked.flatMap((it, index) =>
      it.status === 'fulfilled' ? [{ hostId: hosts[index]?.hostId ?? '', files: it.value }] : [],
    );
    const [first] = answers;
    if (!first) return;
    const held = new Set(
      answers.flatMap(({ files }) => files.filter((it) => it.held).map((it) => it.diskId)),
    );
    const files = first.files.map((it) => ({ ...it, held: held.has(it.diskId) }));
    await this.database.transaction(async (tx) => {
      const actions = decideSweep({
        poolId,
        files,
        complete: answers.length === seen.hosts.length,
        rows: await tx.disks.ofPool(
          poolId,
          files.map((it) => it.diskId),
        ),
        strays: await tx.strayDisks.ofPool(poolId),
        quarantineAfterMs: this.config.strayDiskAfter,
        keepMs: this.config.quarantineKeep,
      });
      for (const action of actions) await carryOut(tx, action, { poolId, hostId: first.hostId });
    });
  }

  private async filesOf(hostId: string, poolId: string): Promise<DiskFile[]> {
    const files: DiskFile[] = [];
    for (let more = true; more; ) {
      const reply = await this.bus.request(
        subjects.hostRpc(hostId, 'disk-files'),
        diskFilesRequestCodec,
        { poolId, after: files.at(-1)?.diskId ?? '' },
        diskFilesReplyCodec,
        ANSWER_MS,
      );
      const { errorCode, errorMessage } = reply;
      if (errorCode) throw new VmanError(isErrorCode(errorCode) ? errorCode : 'internal', errorMessage);
      files.push(...reply.files);
      more = reply.more;
    }
    return files;
  }
}

async function carryOut(
  tx: Tx,
  action: SweepAction,
  { poolId, hostId }: { poolId: string; hostId: string },
): Promise<void> {
  switch (action.kind) {
    case 'sight': {
      const { diskId, fileBytes, sizeBytes, quarantinedAtMs } = action.file;
      const quarantinedAt = quarantinedAtMs === undefined ? null : new Date(quarantinedAtMs);
      return tx.strayDisks.sight({ diskId, poolId, hostId, fileBytes, sizeBytes, quarantinedAt });
    }
    case 'quarantine':
    case 'return':
    case 'purge': {
      const actor = systemActor(uuidv7());
      await askHost(tx, actor, { diskId: action.file.diskId, poolId, hostId }, action.kind);
      return;
    }
    case 'forget':
      return tx.strayDisks.forget(action.diskId);
    case 'miss':
      return tx.disks.change(action.diskId, { missingSince: new Date() });
    case 'lose': {
      const failureMessage = 'Its file is not in its pool any more.';
      return tx.disks.change(action.diskId, { state: 'failed', failureCode: 'disk_missing', failureMessage });
    }
    case 'find':
      return found(tx, action.diskId);
  }
}

async function found(tx: Tx, diskId: string): Promise<void> {
  const disk = await tx.disks.lock(diskId);
  if (!disk) return;
  const again =
    disk.state === 'failed' && disk.failureCode === 'disk_missing'
      ? ({ state: 'available', failureCode: '', failureMessage: '' } as const)
      : {};
  await tx.disks.change(diskId, { missingSince: null, ...again });
}
