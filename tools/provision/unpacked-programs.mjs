// Job: run programs of packages that were unpacked, not installed.
// How: one small script a program, which tells the program where the libraries of its packages lie.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { missingOf } from './apt.mjs';
import { findProgram } from './run.mjs';

/** The C library must be the one that the system's programs run with. */
const NEVER = /^(libc6|libc-bin|libgcc-s1|libstdc\+\+6|gcc-.*-base)$/;

/** Of these packages and all they depend on: what has to be unpacked here to run their programs. */
export async function packagesToUnpack(names) {
  return (await missingOf(names)).filter((name) => !NEVER.test(name));
}

/**
 * Writes a script for each unpacked program that the system lacks.
 * @param {string} unpacked the folder that packages were unpacked into
 * @param {string} bin the folder for the scripts, made anew
 * @returns {string} `bin`, to be put on PATH
 */
export function wrapPrograms(unpacked, bin) {
  rmSync(bin, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  const libraries = ['lib', 'usr/lib'].flatMap((path) => {
    const base = join(unpacked, path);
    return [join(base, triplet()), base];
  });
  for (const programs of ['bin', 'sbin', 'usr/bin', 'usr/sbin'].map((path) => join(unpacked, path))) {
    if (!existsSync(programs)) continue;
    for (const name of readdirSync(programs)) {
      if (name === 'busybox' || findProgram(name)) continue;
      keepInside(unpacked, join(programs, name));
      const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries.join(':')}' exec '${join(programs, name)}' "$@"\n`;
      writeFileSync(join(bin, name), script);
      chmodSync(join(bin, name), 0o755);
    }
  }
  return bin;
}

/** The folder name that Debian gives to libraries of this processor. */
function triplet() {
  return process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
}

/** A link of a package to an absolute path (kmod has such) is meant below the unpacked root. */
function keepInside(unpacked, path) {
  if (!lstatSync(path).isSymbolicLink()) return;
  const target = readlinkSync(path);
  if (!target.startsWith('/')) return;
  rmSync(path);
  symlinkSync(relative(dirname(path), join(unpacked, target)), path);
}
