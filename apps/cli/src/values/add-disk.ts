import { parseGibibytes } from './parse-size.js';

export interface Disk {
  sizeGiB: number;
}

/** Adds a disk of this size to those given before. */
export function addDisk(text: string, before: readonly Disk[] = []): Disk[] {
  return [...before, { sizeGiB: parseGibibytes(text) }];
}
