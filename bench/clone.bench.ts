/**
 * A linked clone is a header that VMAN writes itself. Its disk work (to a durable name, as the operator does it) beside
 * what qemu-img needs for the same overlay, and beside a full copy, for a small and a large image.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeOverlay } from '#libs/qemu';
import type { Bench } from './bench.js';
import { spread, timed } from './measure/median.js';

const run = promisify(execFile);
const ROUNDS = 25;
const COPIES = 3;
const MIB = 1024 ** 2;
const SIZES_MIB = { small: 64, large: 512 };

export const clone: Bench = {
  name: 'clone',
  what: 'the disk work of a linked clone beside qemu-img create -b and a full copy',
  goal: 'clone <= 0.25 x qemu-img create -b, whatever the size of the image',
  async run(say) {
    const folder = await mkdtemp(join(tmpdir(), 'vman-clone-'));
    try {
      const figures: Record<string, number> = {};
      for (const [name, sizeMib] of Object.entries(SIZES_MIB)) {
        const base = join(folder, `${name}.qcow2`);
        await makeImage(folder, base, sizeMib);
        const own = await measure(ROUNDS, (round) => linked(folder, base, `own-${name}-${round}`, sizeMib));
        const tool = await measure(ROUNDS, (round) => {
          const target = join(folder, `tool-${name}-${round}`);
          return run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', target]);
        });
        const copy = await measure(COPIES, async (round) => {
          const target = join(folder, `copy-${name}-${round}`);
          await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'qcow2', base, target]);
          await rm(target);
        });
        figures[`${name}CloneMs`] = own;
        figures[`${name}QemuImgMs`] = tool;
        figures[`${name}CopyMs`] = copy;
        figures[`${name}ToQemuImg`] = ratio(own, tool);
        figures[`${name}ToCopy`] = ratio(own, copy);
      }
      for (const [key, value] of Object.entries(figures)) say(`${key.padEnd(16)} ${value}`);
      const holds = Math.max(figures.smallToQemuImg ?? 1, figures.largeToQemuImg ?? 1) <= 0.25;
      return { figures, holds };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const ratio = (a: number, b: number): number => Math.round((a / b) * 10_000) / 10_000;

async function measure(rounds: number, work: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const took = await timed(() => work(round));
    if (round > 0) times.push(took);
  }
  return spread(times).median;
}

async function linked(folder: string, base: string, name: string, sizeMib: number): Promise<void> {
  const path = join(folder, name);
  const unfinished = `${path}.new`;
  await writeOverlay({
    path: unfinished,
    sizeBytes: sizeMib * MIB,
    backingFile: base,
    backingFormat: 'qcow2',
  });
  await rename(unfinished, path);
  const names = await open(folder, 'r');
  await names.sync();
  await names.close();
}

/** Full of data, so that a copy has something to copy. */
async function makeImage(folder: string, path: string, sizeMib: number): Promise<void> {
  const raw = join(folder, 'raw');
  const file = await open(raw, 'w');
  const piece = Buffer.alloc(MIB);
  for (let index = 0; index < sizeMib; index += 1) {
    piece.fill(index + 1);
    await file.write(piece);
  }
  await file.close();
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, path]);
  await rm(raw);
}
