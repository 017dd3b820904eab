import { readFile } from 'node:fs/promises';
import type { CreateVm } from '#libs/client';
import { UsageError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';

export interface FirstBootFlags {
  hostname?: string;
  sshKey?: string[];
  cloudInitFile?: string;
}

/** What the guest is to be told; undefined when nothing was given. */
export async function firstBoot(
  { hostname, sshKey, cloudInitFile }: FirstBootFlags,
  terminal: Pick<Terminal, 'readStdin'>,
): Promise<CreateVm['cloudInit']> {
  if (hostname === undefined && sshKey === undefined && cloudInitFile === undefined) return undefined;
  const userData =
    cloudInitFile === '-' ? await terminal.readStdin() : cloudInitFile && (await read(cloudInitFile));
  const sshKeys = sshKey && (await Promise.all(sshKey.map(keysOf))).flat();
  return { hostName: hostname, sshKeys, userData };
}

/** A path has no space in it; a key has one behind its type. */
async function keysOf(given: string): Promise<string[]> {
  const text = given.includes(' ') ? given : await read(given);
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.code ?? error.message}.`);
  });
}

/** Adds a key to those given before. */
export const addSshKey = (text: string, before: readonly string[] = []): string[] => [...before, text];
