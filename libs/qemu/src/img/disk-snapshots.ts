/**
 * Internal snapshots of qcow2 files that no QEMU holds. `qemu-img` takes a second snapshot of the same name without a
 * word, so each of these looks first; each may be repeated after a kill. The image below is needed by `copyDisk` alone.
 */
import { imageInfo, type QemuImgOptions, runQemuImg, withoutBase } from './run-qemu-img.js';

interface DiskSnapshot {
  name: string;
  /** Of the memory that was saved with it; 0 without. */
  memoryBytes: number;
}

/** Also of a file that a QEMU holds: then as of some moment ago. */
export async function listDiskSnapshots(path: string, options: QemuImgOptions): Promise<DiskSnapshot[]> {
  const { snapshots = [] } = await imageInfo({ path, format: 'qcow2' }, { ...options, whileHeld: true });
  return snapshots.map((it) => ({ name: it.name, memoryBytes: it['vm-state-size'] }));
}

const has = async (path: string, name: string, options: QemuImgOptions): Promise<boolean> =>
  (await listDiskSnapshots(path, options)).some((it) => it.name === name);

/** Takes one; there already: nothing to do. */
export async function takeDiskSnapshot(path: string, name: string, options: QemuImgOptions): Promise<void> {
  if (await has(path, name, options)) return;
  await runQemuImg(['snapshot', '-q', '-c', name, '--', withoutBase(path)], [0], options);
}

/**
 * Makes the disk what it was then, its size too. What was noted of writes since a backup is no longer true afterwards,
 * and QEMU refuses to apply a snapshot under it: it is dropped. Throws `image_rejected` when there is no such snapshot.
 */
export async function applyDiskSnapshot(path: string, name: string, options: QemuImgOptions): Promise<void> {
  const { 'format-specific': specific } = await imageInfo({ path, format: 'qcow2' }, options);
  for (const { name: bitmap } of specific?.data.bitmaps ?? []) {
    await runQemuImg(['bitmap', '--remove', '--', withoutBase(path), bitmap], [0], options);
  }
  await runQemuImg(['snapshot', '-q', '-a', name, '--', withoutBase(path)], [0], options);
}

/** Removes it; gone already: nothing to do. */
export async function dropDiskSnapshot(path: string, name: string, options: QemuImgOptions): Promise<void> {
  if (!(await has(path, name, options))) return;
  await runQemuImg(['snapshot', '-q', '-d', name, '--', withoutBase(path)], [0], options);
}

/** Gives back what a snapshot took that could not be finished; nothing that is in use is touched. */
export async function reclaimLeaks(path: string, options: QemuImgOptions): Promise<void> {
  await runQemuImg(['check', '-q', '-r', 'leaks', '--', withoutBase(path)], [0, 2, 3], options);
}

/**
 * Copies a disk as one of its snapshots holds it, or as it is now, into a new qcow2 that depends on nothing; the
 * target is overwritten. Of a snapshot also while a QEMU writes to the disk: what a snapshot holds is never changed in
 * place, and lies in the file since the snapshot was taken.
 */
export async function copyDisk(
  path: string,
  snapshot: string | undefined,
  targetPath: string,
  options: QemuImgOptions,
): Promise<void> {
  const which = snapshot === undefined ? [] : ['-U', '-l', `snapshot.name=${snapshot}`];
  const formats = ['-f', 'qcow2', '-O', 'qcow2'];
  await runQemuImg(['convert', ...which, ...formats, '--', path, targetPath], [0], options);
}
