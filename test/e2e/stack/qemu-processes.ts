import { readdirSync, readFileSync } from 'node:fs';

/** The QEMU processes whose command line names `text` (a VM's id, or the folder of a test), dead ones left out. */
export function qemuPids(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[0]?.includes('qemu-system') === true && words.join(' ').includes(text);
      } catch {
        return false;
      }
    });
}
