import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failpoint } from '#libs/config';
import { seedImage } from '#libs/qemu';
import type { Vm } from '../reconcile/vm.js';
import { removeDurably, syncFolder } from '../storage/json-file.js';
import { exists } from './fetch-image.step.js';
import type { StepHandler } from './step-handler.js';

/** Makes the disk with the guest's first configuration. Its name appears only once it is whole. */
export const makeSeed: StepHandler<'make-seed'> = {
  async needed(_, { vm, desired }) {
    if (!desired.cloudInit) return false;
    const there = await readIfThere(vm.store.paths.seed);
    return !there?.equals(seedImage(desired.cloudInit));
  },
  async carryOut(_, { vm, desired }) {
    if (!desired.cloudInit) return;
    const { seed } = vm.store.paths;
    const unfinished = unfinishedOf(seed);
    await rm(unfinished, { force: true });
    try {
      const file = await open(unfinished, 'wx', 0o600);
      try {
        await file.writeFile(seedImage(desired.cloudInit));
        await file.sync();
      } finally {
        await file.close();
      }
      await failpoint('operator.make-seed.written');
      await rename(unfinished, seed);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    await syncFolder(dirname(seed));
  },
  async undo(_, { vm }) {
    if (vm.process === undefined) await dropSeed(vm);
  },
};

/** A VM that is to have no seed keeps nothing of an old one. */
export async function dropSeed({ store }: Pick<Vm, 'store'>): Promise<void> {
  const { seed } = store.paths;
  const [unfinished, whole] = await Promise.all([exists(unfinishedOf(seed)), exists(seed)]);
  if (unfinished) await rm(unfinishedOf(seed), { force: true });
  if (whole) await removeDurably(seed);
}

const unfinishedOf = (seed: string) => `${seed}.new`;

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
