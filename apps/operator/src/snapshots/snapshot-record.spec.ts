import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeJson } from '../storage/json-file.js';
import {
  bringSnapshotsHome,
  readSnapshot,
  removeSnapshot,
  removeSnapshots,
  writeSnapshot,
} from './snapshot-record.js';

const vmId = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const record = (snapshotId: string, poolId = 'far') => ({
  snapshotId,
  disks: [{ diskId: 'd', poolId }, { diskId: 'e' }],
  result: { bytes: 1, consistency: 'memory', atMs: 2 },
});

describe('the records of snapshots', () => {
  let folder: string;
  const at = (...parts: string[]) => join(folder, ...parts);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vman-snapshots-'));
    for (const each of ['one', 'two', 'far']) mkdirSync(at(each));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A host with a pool of its own and the shared one. */
  const host = (name: 'one' | 'two', reachable = true) => ({
    pools: {
      folder: (poolId: string | undefined) => at(poolId ?? name),
      folders: reachable ? [at(name), at('far')] : [at(name)],
    },
  });

  it('lie with the first disk, so that the host that has it next restores and deletes them', async () => {
    await writeSnapshot(host('one'), vmId, record('s'));
    await writeSnapshot(host('one'), vmId, record('t'));
    expect(await readSnapshot(host('two'), vmId, 's')).toEqual(record('s'));
    await removeSnapshot(host('two'), vmId, 's');
    expect(await readSnapshot(host('one'), vmId, 's')).toBeUndefined();
    expect(await readSnapshot(host('one'), vmId, 't')).toEqual(record('t'));
    await removeSnapshot(host('one'), vmId, 't');
    expect(readdirSync(at('far', 'snapshots'))).toEqual([]);
  });

  it('of a disk that one host alone has stay there', async () => {
    await writeSnapshot(host('one'), vmId, { ...record('s'), disks: [{ diskId: 'd' }] });
    expect(await readSnapshot(host('two'), vmId, 's')).toBeUndefined();
    expect(existsSync(at('one', 'snapshots', vmId, 's.json'))).toBe(true);
  });

  it('are not found while their pool cannot be reached, and are there afterwards', async () => {
    await writeSnapshot(host('one'), vmId, record('s'));
    expect(await readSnapshot(host('one', false), vmId, 's')).toBeUndefined();
    await removeSnapshots(host('one', false), vmId);
    expect(await readSnapshot(host('one'), vmId, 's')).toEqual(record('s'));
    await removeSnapshots(host('two'), vmId);
    expect(existsSync(at('far', 'snapshots', vmId))).toBe(false);
  });

  it('of an earlier version come to where they belong', async () => {
    const vmFolder = at('one', 'vms', vmId);
    mkdirSync(join(vmFolder, 'snapshots'), { recursive: true });
    for (const each of ['s', 't']) await writeJson(join(vmFolder, 'snapshots', `${each}.json`), record(each));
    await bringSnapshotsHome(host('one'), vmId, vmFolder);
    await bringSnapshotsHome(host('one'), vmId, vmFolder);
    expect(readdirSync(at('far', 'snapshots', vmId)).sort()).toEqual(['s.json', 't.json']);
    expect(existsSync(join(vmFolder, 'snapshots'))).toBe(false);
  });
});
