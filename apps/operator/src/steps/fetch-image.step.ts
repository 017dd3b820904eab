import { stat } from 'node:fs/promises';
import type { StepHandler } from './step-handler.js';

/** Brings an image into this host's cache. It stays there: other VMs will want it. */
export const fetchImage: StepHandler<'fetch-image'> = {
  async needed({ digest }, { host }) {
    return !(await host.images.use(digest));
  },
  carryOut({ digest }, { host, signal, wait }) {
    return wait(() => host.images.fetch(digest, signal));
  },
};

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
